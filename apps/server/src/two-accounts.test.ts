import { CONTENT, DELETE, formatCode, POST } from "@lamplighter/coap/code";
import { CoapEndpoint, type OutgoingRequest, type RequestOutcome } from "@lamplighter/coap/endpoint";
import { option } from "@lamplighter/coap/option";
import { PrismaRegistrationStore } from "@lamplighter/db/prisma-registration-store";
import { openTestDatabase, type TestDatabase } from "@lamplighter/db/testing";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { Lwm2mServer } from "@lamplighter/lwm2m/server";
import { silentLog } from "@lamplighter/runtime/log";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import { expect, test } from "vitest";

const clock = systemClock();

/** A server of one account, on a UDP port of its own, with its registrations in the database that all share. */
async function serverOf(account: string, { pool }: TestDatabase, seed: number) {
  const store = new PrismaRegistrationStore({ pool, clock, log: silentLog, node: account });
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const random = seeded(seed);
  const endpoint = new CoapEndpoint({ port, clock, random });
  const server = new Lwm2mServer({
    ...{ endpoint, clock, random, store, account, log: silentLog, models: knownObjects() },
    enrol: () => "accept",
    onEvent: () => {},
  });
  await server.start();
  return {
    ...{ server, address: port.address },
    async stop() {
      await server.stop();
      endpoint.close();
      await port.close();
    },
  };
}

test("a light with two server accounts is registered with both at once, over the wire and in the database", async () => {
  await using database = await openTestDatabase();
  let [one, two] = [await serverOf("one", database, 1), await serverOf("two", database, 2)];
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const light = new CoapEndpoint({ port, clock, random: seeded(3) });
  // Object 1 has an instance for each account, and each server sees its own.
  light.onRequest((request) => {
    const payload = new TextEncoder().encode(request.peer === one.address ? "101" : "102");
    request.respond({ code: CONTENT, contentFormat: 0, payload });
  });
  const ask = (request: OutgoingRequest) => new Promise<RequestOutcome>((resolve) => light.request(request, resolve));
  const register = async (peer: string, lifetime: number, instance: number) => {
    const outcome = await ask({
      ...{ peer, method: POST, path: ["rd"], query: ["ep=light-1", "lwm2m=1.1", `lt=${lifetime}`] },
      payload: new TextEncoder().encode(`</1/${instance}>,</3/0>`),
    });
    if (outcome.kind !== "response") throw new Error(outcome.kind);
    const location = outcome.options.filter(({ number }) => number === option.locationPath);
    return { code: formatCode(outcome.code), location: location.map(({ value }) => new TextDecoder().decode(value)) };
  };
  const first = await register(one.address, 300, 0);
  const second = await register(two.address, 900, 1);
  expect([first.code, second.code]).toEqual(["2.01", "2.01"]);
  expect(first.location).not.toEqual(second.location);

  const rows = () => database.prisma.registration.findMany({ orderBy: { account: "asc" } });
  const both = [
    { account: "one", endpoint: "light-1", lifetimeSeconds: 300 },
    { account: "two", endpoint: "light-1", lifetimeSeconds: 900 },
  ];
  expect(await rows()).toMatchObject(both);
  expect(await one.server.read("light-1", "/1/0/0")).toMatchObject({ value: { value: { value: 101n } } });
  expect(await two.server.read("light-1", "/1/1/0")).toMatchObject({ value: { value: { value: 102n } } });

  // A place of one account is none of the other's.
  expect(await ask({ peer: two.address, method: POST, path: first.location })).toMatchObject({ code: 0x84 });
  await Promise.all([one.stop(), two.stop()]);
  [one, two] = [await serverOf("one", database, 4), await serverOf("two", database, 5)];
  expect(one.server.find("light-1")).toMatchObject({
    lifetimeSeconds: 300,
    objects: [{ object: 1, instances: [0] }, {}],
  });
  expect(two.server.find("light-1")).toMatchObject({
    lifetimeSeconds: 900,
    objects: [{ object: 1, instances: [1] }, {}],
  });

  expect(await ask({ peer: one.address, method: DELETE, path: first.location })).toMatchObject({ code: 0x42 });
  expect(await rows()).toMatchObject([both[1]]);
  expect(two.server.find("light-1")).toBeDefined();
  await Promise.all([one.stop(), two.stop()]);
  light.close();
  await port.close();
});
