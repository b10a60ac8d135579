import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MemoryRegistrationStore } from "../src/memory-registration-store.ts";
import { knownObjects } from "../src/models/known-objects.ts";
import { Lwm2mServer } from "../src/server.ts";
import { coapClient } from "./coap-client.ts";

/** Never calls back for one endpoint. */
class SlowStore extends MemoryRegistrationStore {
  override save(...[registration, done]: Parameters<MemoryRegistrationStore["save"]>): void {
    if (registration.endpoint !== "pc-never") super.save(registration, done);
  }
}

let server: Lwm2mServer;
let uri: string;
let end: () => Promise<void>;

beforeAll(async () => {
  const clock = systemClock();
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const endpoint = new CoapEndpoint({ port, clock, random: seeded(1) });
  server = new Lwm2mServer({
    endpoint,
    clock,
    random: seeded(2),
    store: new SlowStore(),
    enrol: ({ endpoint: name }) => (name.startsWith("closed") ? "refuse" : "accept"),
    models: knownObjects(),
    onEvent() {},
  });
  await server.start();
  uri = `coap://${port.address}`;
  end = async () => {
    await server.stop();
    endpoint.close();
    await port.close();
  };
});
afterAll(() => end());

const links = "</1/0>,</3/0>,</5/0>,</3311/0>";
const linkFormat = ["-t", "40"];

async function register(name: string, payload = links, args: readonly string[] = []) {
  const answer = await coapClient(`${uri}/rd?ep=${name}&lt=300&lwm2m=1.1&b=U`, [
    "-m",
    "post",
    ...linkFormat,
    "-e",
    payload,
    ...args,
  ]);
  const location = answer.options.flatMap((option) => option.match(/^Location-Path:(.*)$/)?.[1] ?? []);
  return { ...answer, location: `/${location.join("/")}` };
}

test("libcoap registers, updates and de-registers", async () => {
  const { code, location } = await register("pc-1");
  expect(code).toBe("2.01");
  expect(location).toMatch(/^\/rd\/[\w-]{16}$/);
  expect(server.find("pc-1")?.objects.map(({ object }) => object)).toEqual([1, 3, 5, 3311]);
  expect((await coapClient(`${uri}${location}`, ["-m", "post"])).code).toBe("2.04");
  const changed = await coapClient(`${uri}${location}?lt=60`, ["-m", "post", ...linkFormat, "-e", "</1/0>,</3/0>"]);
  expect(changed.code).toBe("2.04");
  expect(server.find("pc-1")).toMatchObject({ lifetimeSeconds: 60, objects: [{ object: 1 }, { object: 3 }] });
  expect((await coapClient(`${uri}${location}`, ["-m", "delete"])).code).toBe("2.02");
  expect(server.find("pc-1")).toBeUndefined();
  expect((await coapClient(`${uri}${location}`, ["-m", "post"])).code).toBe("4.04");
});

test("libcoap registers in blocks of 64 bytes", async () => {
  const many = Array.from({ length: 60 }, (_, index) => `</3303/${index}>`).join();
  const { code, log } = await register("pc-blocks", many, ["-b", "64"]);
  expect(code).toBe("2.01");
  expect(log).toContain("Block1:");
  expect(log).toContain("c:2.31");
  expect(server.find("pc-blocks")?.objects[0]?.instances).toHaveLength(60);
});

test("libcoap registers with a non-confirmable request", async () => {
  expect((await register("pc-non", links, ["-N"])).code).toBe("2.01");
});

test("libcoap waits for an answer that takes long, pings meanwhile and gets its pong", async () => {
  // The store never says that this one is safe. After a second of silence an empty confirmable message comes, to be
  // answered with a reset (RFC 7252 §4.3).
  const { code, log } = await register("pc-never", links, ["-K", "1", "-B", "3"]);
  expect(log).toMatch(/v:1 t:ACK c:0\.00/);
  expect(log).toMatch(/v:1 t:CON c:0\.00/);
  expect(log).toMatch(/v:1 t:RST c:0\.00/);
  expect(code).toBe("RST");
});

test.each<[string, string, string[], string]>([
  [
    "an unknown critical option",
    "/rd?ep=a&lwm2m=1.1",
    ["-m", "post", "-O", "65001,x", "-e", links, ...linkFormat],
    "4.02",
  ],
  [
    "an unknown elective option",
    "/rd?ep=el&lwm2m=1.1",
    ["-m", "post", "-O", "65000,x", "-e", links, ...linkFormat],
    "2.01",
  ],
  ["another version", "/rd?ep=a&lwm2m=2.0", ["-m", "post", "-e", links, ...linkFormat], "4.12"],
  ["no name", "/rd?lwm2m=1.1", ["-m", "post", "-e", links, ...linkFormat], "4.00"],
  ["one parameter twice", "/rd?ep=a&ep=b&lwm2m=1.1", ["-m", "post", "-e", links, ...linkFormat], "4.00"],
  ["a lifetime that is no number", "/rd?ep=a&lwm2m=1.1&lt=-5", ["-m", "post", "-e", links, ...linkFormat], "4.00"],
  ["no object list", "/rd?ep=a&lwm2m=1.1", ["-m", "post"], "4.00"],
  ["an object list in another format", "/rd?ep=a&lwm2m=1.1", ["-m", "post", "-t", "50", "-e", links], "4.15"],
  ["an object list that is none", "/rd?ep=a&lwm2m=1.1", ["-m", "post", "-e", "</3/0", ...linkFormat], "4.00"],
  ["an endpoint that is not enrolled", "/rd?ep=closed-1&lwm2m=1.1", ["-m", "post", "-e", links, ...linkFormat], "4.03"],
  ["a GET of the directory", "/rd", [], "4.05"],
  ["a PUT of a registration", "/rd/x", ["-m", "put", "-e", "x"], "4.05"],
  ["a PATCH", "/rd", ["-m", "patch", "-e", "x"], "4.05"],
  ["a path of nobody", "/3/0", [], "4.04"],
  ["a registration of nobody", "/rd/AAAAAAAAAAAAAAAA", ["-m", "post"], "4.04"],
  ["a path below a registration", "/rd/a/b/c", ["-m", "post"], "4.04"],
])("libcoap's request with %s is answered with its code", async (_, path, args, expected) => {
  expect(await coapClient(`${uri}${path}`, args)).toMatchObject({ code: expected });
});

test("an error tells libcoap what is wrong in words", async () => {
  const { payload } = await coapClient(`${uri}/rd?ep=a&lwm2m=1.1&lt=soon`, ["-m", "post", "-e", links, ...linkFormat]);
  expect(payload).toContain("is not a number of seconds");
});
