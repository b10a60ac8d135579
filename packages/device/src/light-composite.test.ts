import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { MemoryRegistrationStore } from "@lamplighter/lwm2m/memory-registration-store";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { single } from "@lamplighter/lwm2m/node";
import { Lwm2mServer, type ServerEvent } from "@lamplighter/lwm2m/server";
import { integer, text } from "@lamplighter/lwm2m/value";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import { expect, test } from "vitest";
import { identity } from "./testing/world.ts";
import { VirtualLight } from "./virtual-light.ts";

/** A light and the true server on one network. */
async function world() {
  const clock = new FakeClock();
  const random = seeded(3);
  const network = fakeNetwork(clock, random, { loss: 0, duplication: 0, delayMax: milliseconds(4) });
  const events: ServerEvent[] = [];
  const server = new Lwm2mServer({
    endpoint: new CoapEndpoint({ port: network.bind("server:5683"), clock, random }),
    clock,
    random,
    store: new MemoryRegistrationStore(),
    enrol: () => "accept",
    models: knownObjects(),
    onEvent: (event) => events.push(event),
  });
  await server.start();
  const light = new VirtualLight({ port: network.bind("light:1"), clock, random, identity, server: "server:5683" });
  const pass = async (milli: number) => {
    for (let passed = 0; passed < milli; passed += 20) {
      clock.advance(milliseconds(20));
      for (let turn = 0; turn < 30; turn++) await Promise.resolve();
    }
  };
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    let isOver = false;
    void promise.finally(() => {
      isOver = true;
    });
    for (let turn = 0; turn < 500 && !isOver; turn++) await pass(20);
    return promise;
  };
  light.start();
  await pass(seconds(1));
  return { server, light, events, settle, pass };
}
const endpoint = identity.endpoint;

test("a light is read at several places at once, what it does not have left out", async () => {
  const { server, settle } = await world();
  expect(await settle(server.readComposite(endpoint, ["/3/0/0", "/3416/0/1", "/99", "/3/0/77"]))).toMatchObject({
    kind: "ok",
    value: [
      { path: "/3/0/0", node: single(0, text(identity.manufacturer)) },
      { path: "/3416/0/1", node: single(1, integer(100)) },
    ],
  });
  const whole = await settle(server.readComposite(endpoint, ["/"]));
  expect(whole.kind === "ok" && whole.value.map(({ path }) => path)).toEqual([
    "/1",
    "/3",
    "/4",
    "/5",
    "/6",
    "/7",
    "/3416",
  ]);
});

test("a composite write is done whole or not at all", async () => {
  const { server, light, settle } = await world();
  const contents = [
    { path: "/3416/0/1", content: integer(40) },
    { path: "/3/0/14", content: text("+02:00") },
  ];
  expect(await settle(server.writeComposite(endpoint, contents))).toMatchObject({ kind: "ok" });
  expect(light.level).toBe(40);
  expect(await settle(server.read(endpoint, "/3/0/14"))).toMatchObject({ value: single(14, text("+02:00")) });
  const wrong = [
    { path: "/3416/0/1", content: integer(70) },
    { path: "/31024/0/1", content: integer(1) },
  ];
  expect(await settle(server.writeComposite(endpoint, wrong))).toMatchObject({ kind: "error", code: "4.04" });
  expect(light.level).toBe(40);
});

test("several places of a light are observed as one until cancelled", async () => {
  const { server, events, settle, pass } = await world();
  const paths = ["/3416/0/3", "/3/0/3"];
  expect(await settle(server.observeComposite(endpoint, paths))).toMatchObject({ kind: "ok" });
  const change = async (level: number) => {
    events.length = 0;
    await settle(server.write(endpoint, "/3416/0/1", integer(level)));
    await pass(seconds(1));
    return events.flatMap((event) => (event.kind === "value" ? [[event.path, event.node]] : []));
  };
  expect(await change(30)).toEqual([
    ["/3416/0/3", single(3, integer(30))],
    ["/3/0/3", single(3, text(identity.firmwareVersion))],
  ]);
  expect(await settle(server.cancelObservation(endpoint, paths))).toMatchObject({ kind: "ok" });
  expect(await change(20)).toEqual([]);
});

test("what a light sends of its own accord arrives", async () => {
  const { light, events, pass } = await world();
  events.length = 0;
  let code: number | undefined;
  light.send(["/3416/0/3", "/4/0/1"], (answered) => {
    code = answered;
  });
  await pass(seconds(1));
  expect(code).toBe(0x44);
  expect(events).toMatchObject([
    { kind: "value", path: "/3416/0/3", source: "notify" },
    { kind: "value", path: "/4/0/1", node: { kind: "multiple" } },
  ]);
});

test("one instance of a resource is read by its own path", async () => {
  const { server, settle } = await world();
  expect(await settle(server.read(endpoint, "/3/0/11/0"))).toMatchObject({
    value: { kind: "resource-instance", resourceInstance: 0, value: integer(0) },
  });
  expect(await settle(server.read(endpoint, "/3/0/11/7"))).toMatchObject({ kind: "error", code: "4.04" });
});
