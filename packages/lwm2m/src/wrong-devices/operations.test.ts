import { CON, type Message, type MessageType, NON, RST } from "@lamplighter/coap/message";
import { seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { instance, single } from "../node.ts";
import { bytes, utf8 } from "../testing/bytes.ts";
import { LockstepDevice, lockstep, numberOf, option, pathOf } from "../testing/lockstep.ts";
import { boolean, float, integer, text } from "../value.ts";

const ok = { kind: "ok" };

test("T30: no request has an empty segment in its path", async () => {
  const { device, server } = await lockstep();
  void server.read("light-1", "/3/0");
  const { options } = await device.next();
  expect(options.filter(({ number }) => number === 11).map(({ value }) => value.length)).toEqual([1, 1]);
  expect(await server.read("light-1", "/3/0/")).toMatchObject({ kind: "invalid" });
});

test("T33: whatever a device is asked is confirmable", async () => {
  const { device, server } = await lockstep();
  void server.read("light-1", "/3/0/9");
  expect((await device.next()).type).toBe(CON);
});

test("T34: a read says which format it wants, and takes the one that comes", async () => {
  const { device, server, world } = await lockstep();
  const asText = server.read("light-1", "/3/0/9");
  const request = await device.next();
  expect(numberOf(request, 17)).toBeDefined();
  device.reply(request, { format: 11_542, payload: bytes("C1 09 55") });
  expect(await world.settle(asText)).toMatchObject({ ...ok, value: single(9, integer(85)) });
});

test.each([
  ["4.06", 0x86],
  ["4.15", 0x8f],
  ["4.02", 0x82],
])("T35: %s to an Accept has the read asked in another format", async (_, code) => {
  const { device, server, world } = await lockstep();
  const read = server.read("light-1", "/3/0/9");
  const first = await device.next();
  device.reply(first, { code });
  const second = await device.next();
  expect(numberOf(second, 17)).not.toBe(numberOf(first, 17));
  device.reply(second, { format: 11_542, payload: bytes("C1 09 55") });
  expect(await world.settle(read)).toMatchObject(ok);
});

test.each([
  ["4.01", 0x81],
  ["4.04", 0x84],
  ["5.00", 0xa0],
  ["5.01", 0xa1],
  ["5.05", 0xa5],
])("T36: %s is a failure with that code, and the device stays registered", async (code, value) => {
  const { device, server, world } = await lockstep();
  const executed = server.execute("light-1", "/3/0/4");
  device.reply(await device.next(), { code: value });
  expect(await world.settle(executed)).toMatchObject({ kind: "error", code });
  expect(server.find("light-1")).toBeDefined();
});

test("T37: a Create names its instance, and a 2.01 without a place is fine", async () => {
  const { device, server, world } = await lockstep();
  const created = server.create("light-1", 16, instance(3, []));
  const request = await device.next();
  expect(request.payload).toEqual(bytes("00 03"));
  device.reply(request, { code: 0x41 });
  expect(await world.settle(created)).toMatchObject(ok);
});

test("T38: what was created and deleted is known, though the device does not update its list", async () => {
  const { device, server, world } = await lockstep();
  const created = server.create("light-1", 16, instance(3, []));
  device.reply(await device.next(), { code: 0x41 });
  await world.settle(created);
  expect(server.find("light-1")?.objects).toContainEqual({ object: 16, instances: [0, 3] });
  const deleted = server.delete("light-1", "/16/3");
  device.reply(await device.next(), { code: 0x42 });
  await world.settle(deleted);
  expect(server.find("light-1")?.objects).toContainEqual({ object: 16, instances: [0] });
});

test("T39: an Execute carries text or nothing, so that it is not taken for a write", async () => {
  const { device, server } = await lockstep();
  void server.execute("light-1", "/3/0/4");
  const bare = await device.next();
  expect([bare.code, numberOf(bare, 12), bare.payload.length]).toEqual([2, undefined, 0]);
  device.reply(bare, { code: 0x44 });
  void server.execute("light-1", "/5/0/2", "0='x'");
  expect(numberOf(await device.next(), 12)).toBe(0);
});

test("T40: Write-Attributes has a query and no content; a Write has content and no query", async () => {
  const { device, server } = await lockstep();
  void server.writeAttributes("light-1", "/3/0", { pmin: 5, pmax: null });
  const attributes = await device.next();
  expect([attributes.payload.length, numberOf(attributes, 12)]).toEqual([0, undefined]);
  expect(
    attributes.options.filter(({ number }) => number === 15).map(({ value }) => new TextDecoder().decode(value)),
  ).toEqual(["pmin=5", "pmax"]);
  device.reply(attributes, { code: 0x44 });
  void server.write("light-1", "/3311/0/5850", boolean(true));
  const write = await device.next();
  expect(numberOf(write, 12)).toBe(0);
  expect(write.options.some(({ number }) => number === 15)).toBe(false);
});

test("T41: attributes that a device does not know are refused by it, and said so", async () => {
  const { device, server, world } = await lockstep();
  const written = server.writeAttributes("light-1", "/3/0", { epmin: 1, epmax: 20 });
  device.reply(await device.next(), { code: 0x80 });
  expect(await world.settle(written)).toMatchObject({ kind: "error", code: "4.00" });
});

/** Observes /3/0/9, whose first value is 85. */
async function observed() {
  const all = await lockstep();
  const { device, server, world } = all;
  const observing = server.observe("light-1", "/3/0/9");
  const request = await device.next();
  device.reply(request, { format: 0, text: "85", options: [option(6, [1])] });
  expect(await world.settle(observing)).toMatchObject(ok);
  const values = () =>
    world.events.flatMap((event) =>
      event.kind === "value" && event.node.kind === "single" ? [Number(event.node.value.value)] : [],
    );
  const notify = (type: MessageType, sequence: number, value: string, more: Partial<Message> = {}) =>
    device.send({
      type,
      code: 0x45,
      messageId: 2_000 + sequence,
      token: request.token,
      options: [option(6, [sequence]), option(12, [])],
      payload: utf8(value),
      ...more,
    });
  return { ...all, request, values, notify };
}

test("T43: notifications count whether they ask for a confirmation or not", async () => {
  const { device, notify, values, world } = await observed();
  notify(NON, 2, "84");
  await world.pass(seconds(1));
  expect(device.inbox).toEqual([]);
  notify(CON, 3, "83");
  expect(await device.next()).toMatchObject({ type: 2, code: 0, messageId: 2_003 });
  expect(values()).toEqual([85, 84, 83]);
});

test("T45: a device is asked from the very port at which it registered", async () => {
  const { device, server, world } = await lockstep();
  const senders = new Set<string>();
  world.network.watch(({ from, to }) => {
    if (to === "192.0.2.7:5683") senders.add(from);
  });
  void server.read("light-1", "/3/0/9");
  await device.next();
  expect([...senders]).toEqual(["192.0.2.1:5683"]);
});

test("T46: an object too large for a device is read instance by instance", async () => {
  const { device, server, world } = await lockstep();
  expect(await device.ask(2, device.location, { payload: "</3303/0>,</3303/1>", format: 40 })).toBe("2.04");
  const read = server.read("light-1", "/3303");
  const whole = await device.next();
  expect(pathOf(whole)).toBe("/3303");
  device.reply(whole, { code: 0xa0 });
  for (const id of [0, 1]) {
    const part = await device.next();
    expect(pathOf(part)).toBe(`/3303/${id}`);
    device.reply(part, { format: 11_542, payload: bytes("E4 16 44 41 AC 00 00") });
  }
  expect(await world.settle(read)).toMatchObject({
    ...ok,
    value: { kind: "object", instances: new Map([0, 1].map((id) => [id, instance(id, [single(5700, float(21.5))])])) },
  });
});

test("T47: a request sent again with its own number gets its own answer again, and happens once", async () => {
  const { device, world } = await lockstep();
  const update: Partial<Message> = {
    code: 2,
    messageId: 4_000,
    options: device.location.map((segment) => option(11, segment)),
  };
  device.send(update);
  const first = await device.next();
  device.send(update);
  expect(await device.next()).toEqual(first);
  expect(world.kinds().filter((kind) => kind === "updated")).toHaveLength(1);
});

test("T48: a device on a slow link may acknowledge late and answer later still", async () => {
  const { device, server, world } = await lockstep();
  const read = server.read("light-1", "/3/0/9");
  const request = await device.next();
  await world.pass(seconds(15));
  device.send({ type: 2, messageId: request.messageId });
  await world.pass(seconds(20));
  device.inbox.length = 0;
  device.reply(request, { type: CON, messageId: 3_000, format: 0, text: "85" });
  expect(await device.next()).toMatchObject({ type: 2, code: 0, messageId: 3_000 });
  expect(await world.settle(read)).toMatchObject(ok);
});

test.each([
  ["four", "E4 16 44 41 AC 00 00"],
  ["eight", "E8 16 44 08 40 35 80 00 00 00 00 00"],
])("T50: a float of %s bytes is read", async (_, payload) => {
  const { device, server, world } = await lockstep();
  const read = server.read("light-1", "/3303/0");
  device.reply(await device.next(), { format: 11_542, payload: bytes(payload) });
  expect(await world.settle(read)).toMatchObject({ ...ok, value: instance(0, [single(5700, float(21.5))]) });
});

test("T54: a whole number that is written 85.0 is 85; inf and nan are no values", async () => {
  const { device, server, world } = await lockstep();
  const whole = server.read("light-1", "/3/0/9");
  device.reply(await device.next(), { format: 0, text: "85.0" });
  expect(await world.settle(whole)).toMatchObject({ ...ok, value: single(9, integer(85)) });
  for (const wrong of ["inf", "nan", "-inf"]) {
    const read = server.read("light-1", "/3303/0/5700");
    device.reply(await device.next(), { format: 0, text: wrong });
    expect(await world.settle(read)).toMatchObject({ kind: "malformed" });
  }
});

test.each([
  [1541, "text", utf8("85")],
  [1542, "TLV", bytes("C1 09 55")],
])("T57: the old number %i for %s is understood, and never sent", async (format, _, payload) => {
  const { device, server, world } = await lockstep();
  const read = server.read("light-1", "/3/0/9");
  const request = await device.next();
  expect([0, 112, 110, 60, 11_542, 11_543, 11_544]).toContain(numberOf(request, 17));
  device.reply(request, { format, payload });
  expect(await world.settle(read)).toMatchObject({ ...ok, value: single(9, integer(85)) });
});

test("a notification under a token of nobody is reset, whatever its type", async () => {
  const { device, notify, values, world } = await observed();
  for (const type of [CON, NON] as const) {
    notify(type, 9 + type, "1", { token: bytes("DE AD BE EF") });
    await world.pass(seconds(0.1));
    // Beside the reset it may be asked for its observations anew: it holds others than we believe.
    const [reset, ...others] = device.inbox.splice(0).sort((a, b) => b.type - a.type);
    expect(reset).toMatchObject({ type: RST, messageId: 2_009 + type });
    for (const other of others) expect([other.code, pathOf(other), numberOf(other, 6)]).toEqual([1, "/3/0/9", 0]);
  }
  expect(values()).toEqual([85]);
});

test("notifications that overtake each other do not turn time back, and a number that wrapped around is newer", async () => {
  const { notify, values, world } = await observed();
  notify(NON, 5, "50");
  await world.pass(seconds(1));
  notify(NON, 4, "40");
  await world.pass(seconds(1));
  expect(values()).toEqual([85, 50]);
  // After 128 s any number is fresh (RFC 7641 §3.4).
  await world.pass(seconds(130));
  notify(NON, 3, "30");
  await world.pass(seconds(1));
  notify(NON, 6, "0", { options: [option(6, [0xff, 0xff, 0xff]), option(12, [])] });
  await world.pass(seconds(1));
  expect(values()).toEqual([85, 50, 30]);
  notify(NON, 7, "31", { options: [option(6, [4]), option(12, [])] });
  await world.pass(seconds(1));
  expect(values()).toEqual([85, 50, 30, 31]);
});

test.each<[string, Partial<Message>]>([
  ["an error", { code: 0x84, options: [] }],
  ["a value without Observe", { options: [option(12, [])] }],
])("a notification that is %s ends the observation", async (_, last) => {
  const { notify, server, world } = await observed();
  notify(CON, 2, "84", last);
  await world.pass(seconds(1));
  expect(server.observedPaths("light-1")).toEqual([]);
  expect(world.kinds().at(-1)).toBe("observation-ended");
});

test("a notification of several blocks is fetched to its end, with a token of its own", async () => {
  const { device, notify, request, values, world } = await observed();
  notify(NON, 2, "0".repeat(16), { options: [option(6, [2]), option(12, []), option(23, [0x08])] });
  const fetch = await device.next();
  expect([fetch.code, pathOf(fetch), numberOf(fetch, 23), numberOf(fetch, 6)]).toEqual([1, "/3/0/9", 0x10, undefined]);
  expect(fetch.token).not.toEqual(request.token);
  device.reply(fetch, { format: 0, text: "84", options: [option(23, [0x10])] });
  await world.pass(seconds(0.1));
  notify(CON, 3, "83");
  await device.next();
  expect(values()).toEqual([85, 84, 83]);
});

test("a device that is somebody else's does not get what ours is asked", async () => {
  const { server, world } = await lockstep();
  const other = new LockstepDevice(world, "192.0.2.8:5683");
  await other.register(["ep=light-2", "lwm2m=1.1"]);
  void server.read("light-2", "/3/0/9");
  expect(pathOf(await other.next())).toBe("/3/0/9");
  void server.write("light-2", "/3311/0/5706", text("#fff"));
  expect(world.server.registrationCount).toBe(2);
});
