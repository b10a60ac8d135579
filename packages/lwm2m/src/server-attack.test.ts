import { encodeMessage } from "@lamplighter/coap/codec";
import { CON, noBytes } from "@lamplighter/coap/message";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { bytes, utf8 } from "./testing/bytes.ts";
import { HeldStore, serverAddress, TestWorld } from "./testing/world.ts";

const POST = 2;

test.each([
  [["ep=a\0", "lwm2m=1.1"], "</3/0>"],
  [["ep=a", "lwm2m=1.1", "sms=\0"], "</3/0>"],
  [["ep=a", "lwm2m=1.1", "x=\u001b[2J"], "</3/0>"],
  [["ep=a", "lwm2m=1.1", "\0=1"], "</3/0>"],
  [["ep=a", "lwm2m=1.1"], '</a\0b>;rt="oma.lwm2m",</3/0>'],
  [["ep=a", "lwm2m=1.1"], '</\u0085>;rt="oma.lwm2m",</3/0>'],
])(
  "a Register with control characters in %j %j is answered 4.00 and never reaches the store",
  async (query, payload) => {
    const store = new HeldStore();
    const world = await TestWorld.started({ store });
    const { answer } = await world.device().send(POST, ["rd"], { query, payload, contentFormat: 40 });
    expect(answer).toBe("4.00");
    expect(store.calls).toEqual([]);
  },
);

test("an Update with control characters is answered 4.00 and changes nothing", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register();
  expect(await device.update(["x=\0"])).toBe("4.00");
  expect(await device.update([], '</\0>;rt="oma.lwm2m",</3/0>')).toBe("4.00");
  expect(world.server.find("light-1")).toMatchObject({ attributes: {}, rootPath: [] });
});

/** Not TLV, TLV that ends too soon, of the wrong length, of the wrong place, nested where nothing nests. */
const wrongTlv = [
  "FF",
  "C8",
  "C8 00 FF 01",
  "C3 0D 01",
  "08 00 05 C1 00",
  "E1 00",
  "48 00 01 00",
  "C1 0D FF FF",
  "86 06 41",
];

test.each(wrongTlv)("a light that answers a read with the TLV %s is told of, and goes on being read", async (hex) => {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register();
  device.on("GET /3/0", { code: 0x45, contentFormat: 11542, payload: bytes(hex) });
  const outcome = await world.settle(world.server.read("light-1", "/3/0"));
  expect(["ok", "malformed"]).toContain(outcome.kind);
  device.on("GET /3/0/0", { code: 0x45, contentFormat: 0, payload: utf8("Maker") });
  expect(await world.settle(world.server.read("light-1", "/3/0/0"))).toMatchObject({ kind: "ok" });
});

test("a notification that cannot be read is counted, and the next one is heard", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register();
  const good = { code: 0x45, contentFormat: 11542, payload: bytes("C1 0D 01") };
  device.on("GET /3/0", ({ subscriber, respond: _ }) => (subscriber ? { ...good, observe: 1 } : good));
  expect(await world.settle(world.server.observe("light-1", "/3/0"))).toMatchObject({ kind: "ok" });
  const subscriber = device.requests.at(-1)?.subscriber;
  if (!subscriber) throw new Error("nothing is observed");
  for (const hex of wrongTlv) device.endpoint.notify(subscriber, { ...good, payload: bytes(hex) });
  await world.pass(seconds(2));
  expect(world.server.counters.notifications).toBe(wrongTlv.length);
  expect(world.server.counters.malformedNotifications).toBeGreaterThan(5);
  const before = world.events.length;
  device.endpoint.notify(subscriber, good);
  await world.pass(seconds(1));
  expect(world.events.slice(before)).toMatchObject([{ kind: "value", path: "/3/0", source: "notify" }]);
});

test.each(["</3/0", '</3/0>;ver="', "hello", "\0", "</3/0>;;;", ",,,", "<".repeat(1_000)])(
  "a Discover that is answered with the links %j is malformed or empty, nothing worse",
  async (links) => {
    const world = await TestWorld.started();
    const device = world.device();
    await device.register();
    device.on("GET /3", { code: 0x45, contentFormat: 40, payload: utf8(links) });
    expect(await world.settle(world.server.discover("light-1", "/3"))).toMatchObject({ kind: "malformed" });
  },
);

test("five thousand made-up lights from one host disturb neither a light that is there nor what it observes", async () => {
  const world = await TestWorld.started();
  const device = world.device("192.0.2.8:5683");
  await device.register({ endpoint: "true" });
  const port = world.network.bind("192.0.2.66:1");
  for (let index = 0; index < 5_000; index++) {
    const options = ["rd"].map((segment) => ({ number: 11, value: utf8(segment) }));
    const query = [`ep=fake-${index}`, "lwm2m=1.1", "lt=60"].map((term) => ({ number: 15, value: utf8(term) }));
    port.send(
      serverAddress,
      encodeMessage({
        type: CON,
        code: POST,
        messageId: index,
        token: noBytes,
        options: [...options, ...query],
        payload: utf8("</3/0>"),
      }),
    );
  }
  await world.pass(milliseconds(500));
  expect(world.server.registrationCount).toBe(5_001);
  device.on("GET /3/0/0", { code: 0x45, contentFormat: 0, payload: utf8("Maker") });
  expect(await world.settle(world.server.read("true", "/3/0/0"))).toMatchObject({ kind: "ok" });
  // Their minute and the grace over, nothing of them is left.
  await world.pass(seconds(200));
  expect(world.server.registrationCount).toBe(1);
});

test("a Register of sixteen megabytes in blocks is answered 4.13 with the size that is taken", async () => {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register();
  const sent = device.send(POST, ["rd"], {
    query: ["ep=big", "lwm2m=1.1"],
    payload: "</3/0>,".repeat(2_400_000),
    contentFormat: 40,
  });
  const { answer, options } = await sent;
  expect(answer).toBe("4.13");
  const size = options.find(({ number }) => number === 60)?.value;
  expect(size && Buffer.from(size).readUIntBE(0, size.length)).toBe(256 * 1_024);
  expect(world.server.registrationCount).toBe(1);
});
