import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { instance, multiple, object, single } from "./node.ts";
import type { OperationOutcome } from "./server.ts";
import { bytes, hex, utf8 } from "./testing/bytes.ts";
import { type ScriptedDevice, TestWorld } from "./testing/world.ts";
import { boolean, integer, opaque, text } from "./value.ts";

const CHANGED = 0x44;
const CONTENT = 0x45;
const TLV = 11_542;

async function registered(registration: Parameters<ScriptedDevice["register"]>[0] = {}) {
  const world = await TestWorld.started();
  const device = world.device();
  await device.register({ objects: "</1/0>,</3/0>,</5/0>,</16/0>,</3303/0>,</3311/0>", ...registration });
  return { world, device, server: world.server, settle: <T>(promise: Promise<T>) => world.settle(promise) };
}

const plain = (value: string) => ({ code: CONTENT, contentFormat: 0, payload: utf8(value) });
const tlv = (document: string) => ({ code: CONTENT, contentFormat: TLV, payload: bytes(document) });

test("a resource is read in text, an instance and an object in TLV, always with Accept", async () => {
  const { device, server, settle, world } = await registered();
  device.on("GET /3/0/3", plain("1.4.0"));
  device.on("GET /1/0", tlv("C1 01 3C"));
  device.on("GET /1", tlv("03 00 C1 01 3C"));
  device.on("GET /3/0/11", tlv("83 0B 41 00 00"));
  expect(await settle(server.read("light-1", "/3/0/3"))).toMatchObject({ kind: "ok", value: single(3, text("1.4.0")) });
  expect(await settle(server.read("light-1", "/1/0"))).toMatchObject({ value: instance(0, [single(1, integer(60))]) });
  expect(await settle(server.read("light-1", "/1"))).toMatchObject({
    value: object(1, [instance(0, [single(1, integer(60))])]),
  });
  expect(await settle(server.read("light-1", "/3/0/11"))).toMatchObject({ value: multiple(11, [integer(0)]) });
  expect(device.asked()).toEqual([
    "GET /3/0/3 accept 0",
    "GET /1/0 accept 11542",
    "GET /1 accept 11542",
    "GET /3/0/11 accept 11542",
  ]);
  expect(world.events.slice(1).map((event) => (event.kind === "value" ? [event.path, event.source] : []))).toEqual([
    ["/3/0/3", "read"],
    ["/1/0", "read"],
    ["/1", "read"],
    ["/3/0/11", "read"],
  ]);
});

test("an answer is read by the format that it names, whatever was asked for", async () => {
  const { device, server, settle } = await registered();
  device.on("GET /3/0/9", tlv("C1 09 55"));
  expect(await settle(server.read("light-1", "/3/0/9"))).toMatchObject({ value: single(9, integer(85)) });
});

test("an answer without a format is taken for the usual one", async () => {
  const { device, server, settle } = await registered();
  device.on("GET /3/0/9", { code: CONTENT, payload: utf8("85") });
  expect(await settle(server.read("light-1", "/3/0/9"))).toMatchObject({ value: single(9, integer(85)) });
});

test.each([0x86, 0x8f, 0x82])(
  "a device that answers code %i to one format is asked in the other, and from then on there first",
  async (code) => {
    const { device, server, settle } = await registered();
    device.on("GET /3/0/9", ({ accept }) => (accept === TLV ? tlv("C1 09 55") : { code }));
    expect(await settle(server.read("light-1", "/3/0/9"))).toMatchObject({ value: single(9, integer(85)) });
    expect(await settle(server.read("light-1", "/3/0/9"))).toMatchObject({ value: single(9, integer(85)) });
    expect(device.asked()).toEqual(["GET /3/0/9 accept 0", "GET /3/0/9 accept 11542", "GET /3/0/9 accept 11542"]);
  },
);

test("a device that knows no format of ours ends as its last error", async () => {
  const { device, server, settle } = await registered();
  device.on("GET /3/0/9", { code: 0x86 });
  expect(await settle(server.read("light-1", "/3/0/9"))).toMatchObject({ kind: "error", code: "4.06" });
  expect(device.requests.map(({ accept }) => accept)).toEqual([0, TLV, 112, 110, 60]);
});

test("an error is told with its code, what it means and what the device says", async () => {
  const { device, server, settle } = await registered();
  device.on("GET /3/0/9", { code: 0x84, payload: utf8("no\nbattery") });
  expect(await settle(server.read("light-1", "/3/0/9"))).toEqual({
    kind: "error",
    code: "4.04",
    message: "The device has nothing at this path. It says: no battery",
  });
});

test("what cannot be read is malformed, with its path", async () => {
  const { device, server, settle } = await registered();
  device.on("GET /3/0/9", plain("full"));
  expect(await settle(server.read("light-1", "/3/0/9"))).toEqual({
    kind: "malformed",
    why: 'malformed /3/0/9: "full" is not a whole number',
  });
});

test("a value is written in text, what is opaque as bytes, the rest in TLV", async () => {
  const { device, server, settle } = await registered();
  for (const path of ["/3311/0/5851", "/5/0/0", "/16/0/0", "/3311/0"]) device.on(`PUT ${path}`, { code: CHANGED });
  for (const path of ["/16/0/0", "/3311/0"]) device.on(`POST ${path}`, { code: CHANGED });
  const lamp = instance(0, [single(5850, boolean(true)), single(5851, integer(40))]);
  const names = multiple(0, [text("a")]);
  const outcomes = [
    await settle(server.write("light-1", "/3311/0/5851", integer(40))),
    await settle(server.write("light-1", "/3311/0/5851", single(5851, integer(40)), { mode: "partial" })),
    await settle(server.write("light-1", "/5/0/0", opaque(bytes("00")))),
    await settle(server.write("light-1", "/16/0/0", names)),
    await settle(server.write("light-1", "/16/0/0", names, { mode: "partial" })),
    await settle(server.write("light-1", "/3311/0", lamp)),
    await settle(server.write("light-1", "/3311/0", lamp, { mode: "partial" })),
  ];
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["ok"]));
  expect(device.requests.map(({ method, contentFormat, payload }) => [method, contentFormat, hex(payload)])).toEqual([
    [3, 0, "34 30"],
    [3, 0, "34 30"],
    [3, 42, "00"],
    [3, TLV, "83 00 41 00 61"],
    [2, TLV, "83 00 41 00 61"],
    [3, TLV, "E1 16 DA 01 E1 16 DB 28"],
    [2, TLV, "E1 16 DA 01 E1 16 DB 28"],
  ]);
});

test("a device that does not take text is written to in TLV", async () => {
  const { device, server, settle } = await registered();
  device.on("PUT /3311/0/5851", ({ contentFormat }) => ({ code: contentFormat === TLV ? CHANGED : 0x8f }));
  expect(await settle(server.write("light-1", "/3311/0/5851", integer(40)))).toMatchObject({ kind: "ok" });
  expect(device.requests.map(({ payload }) => hex(payload))).toEqual(["34 30", "E1 16 DB 28"]);
});

test.each([
  ["/3311/0/5851", integer(140), /must be 0\.\.100/],
  ["/3/0/3", text("2.0.0"), /read-only/],
  ["/3311/0", integer(1), /not a resource/],
  ["/3311/0/5851/", integer(1), /identifier/],
  ["3311", integer(1), /identifiers/],
])("a write of %s is refused here and not sent", async (path, value, why) => {
  const { device, server, settle } = await registered();
  expect(await settle(server.write("light-1", path, value))).toEqual({
    kind: "invalid",
    why: expect.stringMatching(why),
  });
  expect(device.requests).toEqual([]);
});

test("a resource instance is read, written and deleted by itself", async () => {
  const { device, server, settle } = await registered();
  device.on("GET /16/0/0/3", plain("x"));
  device.on("PUT /16/0/0/3", { code: CHANGED });
  device.on("DELETE /16/0/0/3", { code: 0x42 });
  expect(await settle(server.read("light-1", "/16/0/0/3"))).toMatchObject({
    value: { resourceInstance: 3, value: text("x") },
  });
  expect(await settle(server.write("light-1", "/16/0/0/3", text("y")))).toMatchObject({ kind: "ok" });
  expect(await settle(server.delete("light-1", "/16/0/0/3"))).toMatchObject({ kind: "ok" });
});

test("an image is pushed in blocks, with progress, and stops when told", async () => {
  const { device, server, settle } = await registered();
  const image = Uint8Array.from({ length: 5_000 }, (_, index) => index & 0xff);
  device.on("PUT /5/0/0", { code: CHANGED });
  const progress: number[] = [];
  const onProgress = ({ bytesAcknowledged }: { bytesAcknowledged: number }) => void progress.push(bytesAcknowledged);
  expect(await settle(server.writeOpaque("light-1", "/5/0/0", image, { onProgress }))).toMatchObject({ kind: "ok" });
  expect(device.requests[0]).toMatchObject({ contentFormat: 42, payload: image, blocks: 5 });
  expect(progress).toEqual([1_024, 2_048, 3_072, 4_096, 5_000]);
  let blocks = 0;
  const mayContinue = () => ++blocks < 3;
  expect(await settle(server.writeOpaque("light-1", "/5/0/0", image, { mayContinue, blockSize: 256 }))).toEqual({
    kind: "cancelled",
  });
  expect(device.requests).toHaveLength(1);
});

test("a push in small blocks does not keep others from reading", async () => {
  const { device, server, settle } = await registered();
  device.on("PUT /5/0/0", { code: CHANGED });
  device.on("GET /3/0/9", plain("85"));
  const course: string[] = [];
  const push = server.writeOpaque("light-1", "/5/0/0", new Uint8Array(20_000), { blockSize: 64 });
  const noted = push.then(() => course.push("pushed"));
  expect(await settle(server.read("light-1", "/3/0/9"))).toMatchObject({ kind: "ok" });
  course.push("read");
  await settle(noted);
  expect(course).toEqual(["read", "pushed"]);
});

test("a resource is executed with and without arguments", async () => {
  const { device, server, settle } = await registered();
  device.on("POST /5/0/2", { code: CHANGED });
  expect(await settle(server.execute("light-1", "/5/0/2"))).toMatchObject({ kind: "ok", value: undefined });
  expect(await settle(server.execute("light-1", "/5/0/2", "0='a',1"))).toMatchObject({ kind: "ok" });
  expect(device.requests.map(({ contentFormat, payload }) => [contentFormat, hex(payload)])).toEqual([
    [undefined, ""],
    [0, hex(utf8("0='a',1"))],
  ]);
  expect(await settle(server.execute("light-1", "/5/0/3"))).toMatchObject({ kind: "invalid" });
});

test("what is below a path is discovered in link format", async () => {
  const { device, server, settle } = await registered();
  device.on("GET /3/0", { code: CONTENT, contentFormat: 40, payload: utf8("</3/0>;pmin=10,</3/0/9>") });
  expect(await settle(server.discover("light-1", "/3/0"))).toMatchObject({
    value: [
      { target: "/3/0", attributes: { pmin: "10" } },
      { target: "/3/0/9", attributes: {} },
    ],
  });
  expect(device.asked()).toEqual(["GET /3/0 accept 40"]);
  device.on("GET /3/0", plain("nothing"));
  expect(await settle(server.discover("light-1", "/3/0"))).toMatchObject({ kind: "malformed" });
});

test("an instance is created under its number, deleted, and given attributes", async () => {
  const { device, server, settle } = await registered();
  device.on("POST /16", { code: 0x41 });
  device.on("DELETE /16/2", { code: 0x42 });
  device.on("PUT /3303/0/5700", { code: CHANGED });
  const names = instance(2, [multiple(0, [text("a")])]);
  expect(await settle(server.create("light-1", 16, names))).toMatchObject({ kind: "ok" });
  expect(await settle(server.delete("light-1", "/16/2"))).toMatchObject({ kind: "ok" });
  expect(
    await settle(server.writeAttributes("light-1", "/3303/0/5700", { pmin: 10, gt: 30.5, st: null })),
  ).toMatchObject({ kind: "ok" });
  expect(device.requests.map(({ payload, contentFormat, query }) => [hex(payload), contentFormat, query])).toEqual([
    ["05 02 83 00 41 00 61", TLV, []],
    ["", undefined, []],
    ["", undefined, ["pmin=10", "gt=30.5", "st"]],
  ]);
  expect(await settle(server.delete("light-1", "/16"))).toMatchObject({ kind: "invalid" });
  expect(await settle(server.writeAttributes("light-1", "/3303", { gt: 1 }))).toMatchObject({ kind: "invalid" });
});

test("everything goes below the alternate path of a device that has one", async () => {
  const { device, server, settle } = await registered({ objects: '</lwm2m>;rt="oma.lwm2m",</lwm2m/3/0>' });
  device.on("GET /lwm2m/3/0/9", plain("85"));
  expect(await settle(server.read("light-1", "/3/0/9"))).toMatchObject({ kind: "ok" });
});

test("one request at a time: the next waits for the answer", async () => {
  const { device, server, settle, world } = await registered();
  device.on("GET /3/0/9", (request) => {
    world.clock.after(seconds(5), () => request.respond(plain("85")));
    return undefined;
  });
  device.on("GET /3/0/10", plain("1"));
  const first = server.read("light-1", "/3/0/9");
  const second = server.read("light-1", "/3/0/10");
  await world.pass(seconds(3));
  expect(device.requests).toHaveLength(1);
  expect(await settle(first)).toMatchObject({ kind: "ok", roundTrip: expect.closeTo(5_000, -2) });
  expect(await settle(second)).toMatchObject({ kind: "ok" });
});

test("a device that is silent times out; one that nobody knows is not registered", async () => {
  const { device, server, settle } = await registered();
  device.endpoint.close();
  expect(await settle(server.read("light-1", "/3/0/9"))).toEqual({ kind: "timed-out" });
  expect(await settle(server.read("nobody", "/3/0/9"))).toEqual({ kind: "not-registered" });
});

test("a request that waits too long for its turn times out by itself", async () => {
  const { device, server, settle } = await registered();
  device.endpoint.close();
  void server.read("light-1", "/3/0/9");
  const outcome = settle(server.read("light-1", "/3/0/10", { waitMax: seconds(1) }));
  expect(await outcome).toEqual({ kind: "timed-out" });
});

test("more requests than may wait are refused at once", async () => {
  const { device, server, settle } = await registered();
  device.endpoint.close();
  const outcomes = Array.from({ length: 70 }, () => server.read("light-1", "/3/0/9"));
  expect(await settle(outcomes.at(-1) as Promise<OperationOutcome<unknown>>)).toMatchObject({ kind: "unreachable" });
});

test.each<[string, (device: ScriptedDevice) => Promise<unknown>, RegExp]>([
  ["registers anew", (device) => device.register(), /registered anew/],
  ["de-registers", (device) => device.send(4, device.location), /de-registered/],
])("a device that %s in the middle of a push ends it, and what waits", async (_, happen, why) => {
  const { device, server, settle, world } = await registered();
  device.on("PUT /5/0/0", { code: CHANGED });
  const push = server.writeOpaque("light-1", "/5/0/0", new Uint8Array(200_000), { blockSize: 64 });
  device.on("GET /3/0/9", () => undefined);
  const read = server.read("light-1", "/3/0/9");
  const waiting = server.read("light-1", "/3/0/10");
  await world.pass(milliseconds(100));
  await happen(device);
  for (const outcome of [push, read, waiting]) {
    expect(await settle(outcome as Promise<OperationOutcome<unknown>>)).toEqual({
      kind: "unreachable",
      why: expect.stringMatching(why),
    });
  }
});

test("in queue mode a request waits for the device to be heard, and then goes out", async () => {
  const { device, server, settle, world } = await registered({ query: ["lt=3600", "lwm2m=1.1", "b=U", "Q"] });
  device.on("GET /3/0/9", plain("85"));
  await world.pass(seconds(94));
  expect(server.isAwake("light-1")).toBe(false);
  const outcome = server.read("light-1", "/3/0/9", { waitMax: seconds(1_000) });
  await world.pass(seconds(500));
  expect(device.requests).toEqual([]);
  await device.update();
  expect(await settle(outcome)).toMatchObject({ kind: "ok" });
});

test("after a restart a device in queue mode is as asleep as it was", async () => {
  const { device, server, world } = await registered({ query: ["lt=3600", "lwm2m=1.1", "Q"] });
  await world.restart();
  expect(world.server.isAwake("light-1")).toBe(true);
  await world.pass(seconds(94));
  await world.restart();
  expect(world.server.isAwake("light-1")).toBe(false);
  expect(server).not.toBe(world.server);
  await device.update();
  expect(world.server.isAwake("light-1")).toBe(true);
});

test("in queue mode silence means asleep: what else waits is kept for later", async () => {
  const { device, server, settle, world } = await registered({ query: ["lt=3600", "lwm2m=1.1", "b=UQ"] });
  device.on("GET /3/0/9", () => undefined);
  device.on("GET /3/0/10", plain("1"));
  world.network.partition("192.0.2.7:5683");
  const waitMax = seconds(3_000);
  const first = server.read("light-1", "/3/0/9");
  const second = server.read("light-1", "/3/0/10", { waitMax });
  expect(await settle(first)).toEqual({ kind: "timed-out" });
  await world.pass(seconds(300));
  world.network.heal("192.0.2.7:5683");
  await device.update();
  expect(await settle(second)).toMatchObject({ kind: "ok" });
});

test("in queue mode a request that outlives its time ends as timed out, unsent", async () => {
  const { device, server, settle, world } = await registered({ query: ["lt=3600", "lwm2m=1.1", "Q"] });
  await world.pass(seconds(94));
  expect(await settle(server.read("light-1", "/3/0/9"))).toEqual({ kind: "timed-out" });
  await device.update();
  await world.pass(seconds(5));
  expect(device.requests).toEqual([]);
});

test("stopping ends what is under way", async () => {
  const { device, server, settle } = await registered();
  device.endpoint.close();
  const outcome = server.read("light-1", "/3/0/9");
  await server.stop();
  expect(await settle(outcome)).toMatchObject({ kind: "unreachable" });
});
