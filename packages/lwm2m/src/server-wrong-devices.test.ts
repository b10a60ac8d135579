import { encodeMessage } from "@lamplighter/coap/codec";
import type { Message } from "@lamplighter/coap/message";
import { CON, NON, RST } from "@lamplighter/coap/message";
import { seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { bytes, utf8 } from "./testing/bytes.ts";
import { LockstepDevice, lockstep, option } from "./testing/lockstep.ts";
import { serverAddress, TestWorld } from "./testing/world.ts";
import { integer } from "./value.ts";

test("a Register sent again because its answer was lost is answered the same, and registers once", async () => {
  const world = await TestWorld.started();
  const device = new LockstepDevice(world);
  const query = ["ep=light-1", "lwm2m=1.1"].map((parameter) => option(15, parameter));
  const register = {
    code: 2,
    messageId: 77,
    options: [option(11, "rd"), option(12, [40]), ...query],
    payload: utf8("</3/0>"),
  };
  device.send(register);
  const answer = await device.next();
  const first = world.server.find("light-1");
  device.send(register);
  expect(await device.next()).toEqual(answer);
  expect(world.server.find("light-1")).toEqual(first);
  expect(world.kinds()).toEqual(["registered"]);
});

test("a notification with a token that nobody gave is reset", async () => {
  const { world, device } = await lockstep();
  for (const type of [CON, NON]) {
    device.send({
      type,
      code: 0x45,
      messageId: 5 + type,
      token: bytes("DEAD"),
      options: [option(6, [3])],
      payload: utf8("1"),
    });
    expect(await device.next()).toMatchObject({ type: RST, messageId: 5 + type });
  }
  expect(world.kinds()).toEqual(["registered"]);
});

test("a device that answers with its acknowledgement empty, and much later, is understood", async () => {
  const { world, device } = await lockstep();
  const outcome = world.server.read("light-1", "/3/0/9");
  const request = await device.next();
  device.send({ type: 2, messageId: request.messageId });
  await world.pass(seconds(30));
  device.send({ code: 0x45, messageId: 99, token: request.token, options: [option(12, [])], payload: utf8("85") });
  expect(await world.settle(outcome)).toMatchObject({ kind: "ok", value: { value: integer(85) } });
});

test.each<[string, Partial<Message>, object]>([
  ["rubbish in TLV", { options: [option(12, [0x2d, 0x16])], payload: bytes("FF FF FF") }, { kind: "malformed" }],
  ["text that is no number", { options: [option(12, [])], payload: utf8("85%") }, { kind: "malformed" }],
  ["bytes that are no text", { options: [option(12, [])], payload: bytes("C3 28") }, { kind: "malformed" }],
  ["CBOR that nobody asked for", { options: [option(12, [60])], payload: bytes("18 55") }, { kind: "ok" }],
  ["CBOR that ends too soon", { options: [option(12, [60])], payload: bytes("19 55") }, { kind: "malformed" }],
  ["a format unknown to us", { options: [option(12, [61])], payload: bytes("55") }, { kind: "malformed" }],
  ["a request code", { code: 0x01 }, { kind: "timed-out" }],
  ["2.04 to a read", { code: 0x44 }, { kind: "malformed" }],
  ["a code of its own making", { code: 0x9f }, { kind: "error", code: "4.31" }],
  ["5.00", { code: 0xa0 }, { kind: "error", code: "5.00" }],
])("a device that answers a read with %s does no harm", async (_, response, expected) => {
  const { world, device } = await lockstep();
  const outcome = world.server.read("light-1", "/3/0/9");
  const request = await device.next();
  device.send({ type: 2, code: 0x45, messageId: request.messageId, token: request.token, ...response });
  expect(await world.settle(outcome)).toMatchObject(expected);
});

test("a device that resets a request is unreachable by it", async () => {
  const { world, device } = await lockstep();
  const outcome = world.server.read("light-1", "/3/0/9");
  const request = await device.next();
  device.send({ type: RST, messageId: request.messageId });
  expect(await world.settle(outcome)).toMatchObject({ kind: "unreachable" });
});

test("a Create or Register answered with or without a Location is fine either way", async () => {
  const { world, device } = await lockstep();
  for (const options of [[], [option(8, "3311"), option(8, "4")], [option(8, "x".repeat(200))]]) {
    const outcome = world.server.create("light-1", 3311, { kind: "instance", instance: 4, resources: new Map() });
    const request = await device.next();
    device.send({ type: 2, code: 0x41, messageId: request.messageId, token: request.token, options });
    expect(await world.settle(outcome)).toMatchObject({ kind: "ok" });
  }
});

test("an answer from another host is not taken for the device's", async () => {
  const { world, device } = await lockstep();
  const outcome = world.server.read("light-1", "/3/0/9");
  const request = await device.next();
  const answer = (payload: string) =>
    encodeMessage({
      type: 2,
      code: 0x45,
      messageId: request.messageId,
      token: request.token,
      options: [option(12, [])],
      payload: utf8(payload),
    });
  world.network.bind("192.0.2.66:5683").send(serverAddress, answer("1"));
  await world.pass(seconds(1));
  device.raw(answer("85"));
  expect(await world.settle(outcome)).toMatchObject({ value: { value: integer(85) } });
});

test("rubbish thrown at the server breaks nothing", async () => {
  const { world, device } = await lockstep();
  for (let round = 0; round < 500; round++) {
    const length = Math.floor(world.random.next() * 60);
    const rubbish = Uint8Array.from({ length }, () => Math.floor(world.random.next() * 256));
    // Half of it begins like a request to /rd, so that it gets past the first parser.
    if (round % 2) rubbish.set(bytes("40 02 00 01 B2 72 64").subarray(0, length));
    device.raw(rubbish);
  }
  await world.pass(seconds(5));
  expect(world.server.registrationCount).toBe(1);
  device.inbox.length = 0;
  const outcome = world.server.read("light-1", "/3/0/9");
  const request = await device.next();
  device.send({
    type: 2,
    code: 0x45,
    messageId: request.messageId,
    token: request.token,
    options: [option(12, [])],
    payload: utf8("85"),
  });
  expect(await world.settle(outcome)).toMatchObject({ kind: "ok" });
});
