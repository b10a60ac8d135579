import { encodeMessage } from "@lamplighter/coap/codec";
import { CON } from "@lamplighter/coap/message";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { multiple, single } from "./node.ts";
import { utf8 } from "./testing/bytes.ts";
import { EtsClient } from "./testing/ets-client.ts";
import { serverAddress, TestWorld } from "./testing/world.ts";
import { integer, text } from "./value.ts";

const POST = 2;
const tree = { "/1/0/1": 300, "/3/0/0": "Maker", "/3/0/9": 80 };

async function light(query = ["lwm2m=1.1", "lt=300"]) {
  const world = await TestWorld.started();
  const device = new EtsClient(world, { tree });
  await world.settle(device.register(query));
  world.events.length = 0;
  const send = (payload: string, contentFormat = 110) =>
    world.settle(device.ask(POST, ["dp"], [], payload, contentFormat));
  return { world, device, send };
}

test("what a light sends of its own accord becomes values, told after the answer", async () => {
  const { world, device } = await light();
  expect(await world.settle(device.send(["/3/0/0", "/3/0/9"]))).toBe("2.04");
  expect(world.events).toMatchObject([
    { kind: "value", endpoint: "light-1", path: "/3/0/0", node: single(0, text("Maker")), source: "notify" },
    { kind: "value", path: "/3/0/9", node: single(9, integer(80)) },
  ]);
  expect(world.server.counters.sends).toBe(1);
});

test("values with a time are told with it, the oldest first; instances of a resource stay together", async () => {
  const { world, send } = await light();
  const now = world.clock.now().getTime();
  const records = [
    { bn: "/3/0/", n: "9", v: 3 },
    { n: "9", v: 1, t: -20 },
    { n: "9", v: 2, t: -10 },
    { n: "7/0", v: 3_800 },
    { n: "7/1", v: 5_000 },
    { bn: "/3/0/", bt: 1_700_000_000, n: "9", v: 0 },
  ];
  expect(await send(JSON.stringify(records))).toBe("2.04");
  const told = world.events.flatMap((event) =>
    event.kind === "value" ? [[event.path, event.node, Math.round((event.at - now) / 10_000)]] : [],
  );
  expect(told).toEqual([
    ["/3/0/9", single(9, integer(0)), Math.round((1_700_000_000_000 - now) / 10_000)],
    ["/3/0/9", single(9, integer(1)), -2],
    ["/3/0/9", single(9, integer(2)), -1],
    ["/3/0/9", single(9, integer(3)), 0],
    ["/3/0/7", multiple(7, [integer(3_800), integer(5_000)]), 0],
  ]);
});

test("a time that is still to come is told as now, and one that no calendar has is refused", async () => {
  const { world, send } = await light();
  expect(await send('[{"n":"/3/0/9","bt":4102444800,"v":3}]')).toBe("2.04");
  const [told] = world.events;
  expect(told?.kind === "value" && world.clock.now().getTime() - told.at).toBeLessThan(1_000);
  expect(told?.kind === "value" && told.at).toBeLessThanOrEqual(world.clock.now().getTime());
  world.events.length = 0;
  for (const time of ["1e15", "-5e9", "1e300"]) expect(await send(`[{"n":"/3/0/9","bt":${time},"v":3}]`)).toBe("4.00");
  expect(world.events.filter(({ kind }) => kind === "value")).toEqual([]);
});

test.each([
  ["an instance never registered", '[{"n":"/3/1/0","vs":"a"}]', 110, "4.04"],
  ["an object never registered", '[{"n":"/3/0/0","vs":"a"},{"n":"/99/0/0","vs":"a"}]', 110, "4.04"],
  ["keys and secrets", '[{"n":"/0/0/5","vd":"AAAA"}]', 110, "4.04"],
  ["no JSON", "[", 110, "4.00"],
  ["no value", "[]", 110, "4.00"],
  ["a record without a value", '[{"n":"/3/0/0"}]', 110, "4.00"],
  ["no path", '[{"n":"/x","v":1}]', 110, "4.00"],
  ["a format for one value", "1", 0, "4.15"],
])("%s in a Send is refused whole", async (_, payload, format, code) => {
  const { world, send } = await light();
  expect(await send(payload, format)).toBe(code);
  expect(world.events.filter(({ kind }) => kind === "value")).toEqual([]);
});

test("who is not registered, or waits to be accepted, or asks wrongly, tells nothing", async () => {
  const { world, device } = await light();
  const stranger = world.device("192.0.2.99:5683");
  const content = { payload: '[{"n":"/3/0/0","vs":"a"}]', contentFormat: 110 };
  expect((await stranger.send(POST, ["dp"], content)).answer).toBe("4.04");
  expect(await world.settle(device.ask(1, ["dp"]))).toBe("4.05");
  expect(await world.settle(device.ask(POST, ["dp", "x"], [], "[]", 110))).toBe("4.04");
  await world.settle(device.deregister());
  expect(await world.settle(device.send(["/3/0/0"]))).toBe("4.04");
  const closed = await TestWorld.started({ enrol: () => "pending" });
  await closed.device().register();
  const waiting = new EtsClient(closed, { tree, endpoint: "b", address: "192.0.2.8:5683" });
  await closed.settle(waiting.register(["lwm2m=1.1"]));
  expect(await closed.settle(waiting.send(["/3/0/0"]))).toBe("4.03");
  expect(world.events.filter(({ kind }) => kind === "value")).toEqual([]);
});

test("a Send that comes twice is answered twice and told once; without a token too", async () => {
  const world = await TestWorld.started();
  const port = world.network.bind("192.0.2.50:5683");
  let answers = 0;
  port.onDatagram(() => answers++);
  const send = (messageId: number, terms: readonly (readonly [number, string])[], payload: string) => {
    const options = terms.map(([number, value]) => ({
      number,
      value: number === 12 ? Uint8Array.of(Number(value)) : utf8(value),
    }));
    const token = new Uint8Array();
    port.send(
      serverAddress,
      encodeMessage({ type: CON, code: POST, messageId, token, options, payload: utf8(payload) }),
    );
  };
  send(
    8,
    [
      [11, "rd"],
      [12, "40"],
      [15, "ep=tokenless"],
      [15, "lwm2m=1.1"],
    ],
    "</3/0>",
  );
  await world.pass(milliseconds(100));
  const value = () =>
    send(
      9,
      [
        [11, "dp"],
        [12, "110"],
      ],
      '[{"n":"/3/0/9","v":5}]',
    );
  // Again before the answer is there, and after it.
  value();
  value();
  await world.pass(seconds(1));
  value();
  await world.pass(milliseconds(100));
  // One to the Register.
  expect(answers).toBe(1 + 3);
  expect(world.events.filter(({ kind }) => kind === "value")).toMatchObject([{ node: single(9, integer(5)) }]);
});

test("a light in queue mode that sends is awake, and gets what waited for it", async () => {
  const { world, device } = await light(["lwm2m=1.1", "lt=3600", "Q"]);
  await world.pass(seconds(200));
  expect(world.server.isAwake("light-1")).toBe(false);
  const waiting = world.server.read("light-1", "/3/0/0");
  await world.settle(device.send(["/3/0/9"]));
  expect(await world.settle(waiting)).toMatchObject({ kind: "ok" });
});

test("a light that moved is known by its new address", async () => {
  const { world, device } = await light();
  const moved = world.device("192.0.2.7:40000");
  moved.location = device.location;
  expect(await moved.update()).toBe("2.04");
  const content = { payload: '[{"n":"/3/0/9","v":1}]', contentFormat: 110 };
  expect((await moved.send(POST, ["dp"], content)).answer).toBe("2.04");
  expect(await world.settle(device.send(["/3/0/9"]))).toBe("4.04");
});
