import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatCode, POST } from "@lamplighter/coap/code";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { openTestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import { expect, test } from "vitest";
import { startServer } from "../test/running-server.ts";
import { readProfiles } from "./profiles.ts";

function fileWith(content: string) {
  const folder = temporaryFolder();
  const file = join(folder.path, "profiles.json");
  writeFileSync(file, content);
  return { file, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

test("profiles are read from a file, and without one there are none", () => {
  using given = fileWith('{"6:27354b9a": "</1/0>,</3/0>", "b": "</3/0>;ver=1.1"}');
  expect([...readProfiles(given.file)]).toEqual([
    ["6:27354b9a", "</1/0>,</3/0>"],
    ["b", "</3/0>;ver=1.1"],
  ]);
  expect(readProfiles(undefined).size).toBe(0);
});

test.each([
  ["{", /JSON/],
  ["[]", /one JSON object of texts/],
  ['{"a": ["</3/0>"]}', /one JSON object of texts/],
  ['{"a": "/3/0"}', /objects of "a" are no list of links/],
])("a file with %s is refused in words that name the setting", (content, why) => {
  using given = fileWith(content);
  expect(() => readProfiles(given.file)).toThrow(/LAMPLIGHTER_PROFILES/);
  expect(() => readProfiles(given.file)).toThrow(why);
});

test("a file that is not there is named", () => {
  expect(() => readProfiles("/nowhere/profiles.json")).toThrow(
    /\/nowhere\/profiles.json \(LAMPLIGHTER_PROFILES\).*ENOENT/,
  );
});

test("a light that says its profile in the place of its objects is known with them", async () => {
  await using database = await openTestDatabase();
  using given = fileWith('{"6:27354b9a": "</1/0>,</3/0>,</3416/0>"}');
  using folder = temporaryFolder();
  await using server = await startServer({
    ...{ DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path, LAMPLIGHTER_PROFILES: given.file },
  });
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const light = new CoapEndpoint({ port, clock: systemClock(), random: seeded(1) });
  const register = (pid: string) =>
    new Promise<string>((resolve) => {
      const query = ["ep=urn:dev:profiled", "lwm2m=1.2", "lt=300", `pid=${pid}`];
      light.request({ peer: `127.0.0.1:${server.coapPort}`, method: POST, path: ["rd"], query }, (outcome) =>
        resolve(outcome.kind === "response" ? formatCode(outcome.code) : outcome.kind),
      );
    });
  expect(await register("6:00000000")).toBe("4.09");
  expect(await register("6:27354b9a")).toBe("2.01");
  const [stored] = await database.prisma.registration.findMany();
  expect(stored?.objects).toEqual([1, 3, 3416].map((object) => ({ object, instances: [0] })));
  light.close();
  await port.close();
});
