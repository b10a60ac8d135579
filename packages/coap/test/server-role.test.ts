import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { CHANGED, CONTENT, CREATED, code, GET, POST, PUT } from "../src/code.ts";
import type { IncomingRequest, Subscriber } from "../src/endpoint.ts";
import { ACK, CON, NON, RST } from "../src/message.ts";
import { lockstep, opt, optionOf } from "./lockstep-peer.ts";

const token = Uint8Array.of(1, 2, 3);
const path = [opt(11, "rd")];

test("a confirmable request is answered inside its acknowledgement (RFC 7252 §5.2.1)", () => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  endpoint.onRequest((request) => {
    expect(request).toMatchObject({
      peer: "device",
      method: POST,
      path: ["rd"],
      query: ["ep=a", "lt=60"],
      confirmable: true,
    });
    request.respond({ code: CREATED, locationPath: ["rd", "x"] });
  });
  device.send({ code: POST, messageId: 5, token, options: [...path, opt(15, "ep=a"), opt(15, "lt=60")] });
  const [answer] = device.take();
  expect(answer).toMatchObject({ type: ACK, code: CREATED, messageId: 5, token });
  expect(answer?.options.map(({ value }) => Buffer.from(value).toString())).toEqual(["rd", "x"]);
});

test("a non-confirmable request is answered by a non-confirmable message of its own", () => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  endpoint.onRequest((request) => request.respond({ code: CHANGED }));
  device.send({ type: NON, code: POST, messageId: 5, token, options: path });
  expect(device.take()).toMatchObject([{ type: NON, code: CHANGED, token }]);
});

test("a slow answer: empty acknowledgement first, then a confirmable response until acknowledged (RFC 7252 §5.2.2)", () => {
  const { clock, endpoint, peer } = lockstep();
  const device = peer("device");
  let pending: IncomingRequest | undefined;
  endpoint.onRequest((request) => {
    pending = request;
  });
  device.send({ code: POST, messageId: 5, token, options: path });
  clock.advance(milliseconds(600));
  expect(device.take()).toMatchObject([{ type: ACK, code: 0, messageId: 5 }]);
  device.send({ code: POST, messageId: 5, token, options: path });
  expect(device.take()).toMatchObject([{ type: ACK, code: 0, messageId: 5 }]);
  let sent = 0;
  pending?.respond({ code: CHANGED }, () => sent++);
  expect(sent).toBe(1);
  const [separate] = device.take();
  expect(separate).toMatchObject({ type: CON, code: CHANGED, token });
  clock.advance(seconds(3));
  expect(device.take()).toEqual([separate]);
  device.send({ type: ACK, messageId: separate!.messageId });
  clock.advance(seconds(100));
  expect(device.take()).toEqual([]);
});

test("a repeated request gets the stored answer for 247 s and its handler runs once (RFC 7252 §4.5)", () => {
  const { clock, endpoint, peer } = lockstep();
  const device = peer("device");
  let handled = 0;
  endpoint.onRequest((request) => request.respond({ code: CHANGED, payload: Uint8Array.of(++handled) }));
  const request = { code: POST, messageId: 5, token, options: path };
  device.send(request);
  const first = device.take();
  clock.advance(seconds(246));
  device.send(request);
  expect(device.take()).toEqual(first);
  expect(handled).toBe(1);
  expect(endpoint.counters.duplicates).toBe(1);
  clock.advance(seconds(1));
  device.send(request);
  expect(handled).toBe(2);
});

test("a repeated non-confirmable request is ignored in silence for 145 s", () => {
  const { clock, endpoint, peer } = lockstep();
  const device = peer("device");
  let handled = 0;
  endpoint.onRequest((request) => request.respond({ code: CHANGED, payload: Uint8Array.of(++handled) }));
  const request = { type: NON, code: POST, messageId: 5, token, options: path };
  device.send(request);
  device.send(request);
  expect(device.take().length).toBe(1);
  clock.advance(seconds(145));
  device.send(request);
  expect(handled).toBe(2);
});

test("the same message id from two peers is two requests", () => {
  const { endpoint, peer } = lockstep();
  let handled = 0;
  endpoint.onRequest((request) => request.respond({ code: CHANGED, payload: Uint8Array.of(++handled) }));
  for (const name of ["a", "b"]) peer(name).send({ code: POST, messageId: 5, token, options: path });
  expect(handled).toBe(2);
});

test("a ping is answered with a reset and remembers nobody (RFC 7252 §4.3)", () => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  device.send({ type: CON, messageId: 9 });
  expect(device.take()).toMatchObject([{ type: RST, code: 0, messageId: 9 }]);
  expect(endpoint.load.peers).toBe(0);
});

test("an unknown critical option is refused with 4.02, in a non-confirmable request with a reset (RFC 7252 §5.4.1)", () => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  endpoint.onRequest(() => expect.unreachable());
  device.send({ code: GET, messageId: 1, token, options: [opt(9, 1)] });
  device.send({ type: NON, code: GET, messageId: 2, token, options: [opt(9, 1)] });
  expect(device.take()).toMatchObject([
    { type: ACK, code: code(4, 2), messageId: 1 },
    { type: RST, messageId: 2 },
  ]);
  expect(endpoint.counters.unknownCriticalOptions).toBe(2);
});

test("an unknown elective option is ignored", () => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  endpoint.onRequest((request) => request.respond({ code: CHANGED }));
  device.send({ code: POST, messageId: 1, token, options: [opt(10, 1)] });
  expect(device.take()).toMatchObject([{ code: CHANGED }]);
});

test.each([
  ["a proxy request", [opt(35, "coap://elsewhere")], code(5, 5)],
  ["a path that is not UTF-8", [{ number: 11, value: Uint8Array.of(0xff) }], code(4, 0)],
  ["the reserved block size", [opt(27, 7)], code(4, 0)],
])("%s is refused before the handler sees it", (_what, options, refusal) => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  endpoint.onRequest(() => expect.unreachable());
  device.send({ code: PUT, messageId: 1, token, options });
  expect(device.take()).toMatchObject([{ type: ACK, code: refusal }]);
});

test("a method we do not know is 4.05, a missing handler 4.04, a failing one 5.00", () => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  device.send({ code: 31, messageId: 1, token });
  device.send({ code: GET, messageId: 2, token });
  endpoint.onRequest(() => {
    throw new Error("a bug in the handler");
  });
  device.send({ code: GET, messageId: 3, token });
  expect(device.take().map((answer) => answer.code)).toEqual([code(4, 5), code(4, 4), code(5, 0)]);
  expect(endpoint.counters.handlerFailures).toBe(1);
});

test("malformed datagrams are counted; a confirmable one gets a reset, any other nothing (RFC 7252 §4.2, §4.3)", () => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  device.raw([]);
  device.raw([0x40]);
  device.raw([0x80, 0x01, 0, 1]);
  device.raw([0x50, 0x01, 0, 2, 0xff]);
  expect(device.take()).toEqual([]);
  device.raw([0x40, 0x01, 0, 3, 0xff]);
  device.raw([0x40, 0x20, 0, 4]);
  expect(device.take()).toMatchObject([
    { type: RST, messageId: 3 },
    { type: RST, messageId: 4 },
  ]);
  expect(endpoint.counters.malformed).toBe(6);
  expect(endpoint.load.peers).toBe(0);
});

test("an acknowledgement that carries a request, and a stray reset, change nothing", () => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  endpoint.onRequest(() => expect.unreachable());
  device.send({ type: ACK, code: GET, messageId: 1 });
  device.send({ type: RST, messageId: 2 });
  expect(device.take()).toEqual([]);
  expect(endpoint.counters).toMatchObject({ malformed: 1, unexpected: 1 });
});

test("at the limit of peers the one silent longest is forgotten, and the newcomer is served", () => {
  const { endpoint, peer } = lockstep({ peersMax: 2 });
  endpoint.onRequest((request) => request.respond({ code: CHANGED }));
  for (const name of ["a", "b", "c"]) {
    const device = peer(name);
    device.send({ code: POST, messageId: 1, token });
    expect(device.take().length).toBe(1);
  }
  expect(endpoint.load.peers).toBe(2);
  expect(endpoint.counters.peerEvictions).toBe(1);
});

test("when every peer waits for something, a newcomer is dropped and counted", () => {
  const { endpoint, peer } = lockstep({ peersMax: 1 });
  peer("busy");
  endpoint.request({ peer: "busy", method: GET, path: [] }, () => {});
  const late = peer("late");
  late.send({ code: POST, messageId: 1, token });
  expect(late.take()).toEqual([]);
  expect(endpoint.counters.peersRefused).toBe(1);
});

test("a body over the limit is answered 4.13 with the limit in Size1 (RFC 7959 §2.9.3)", () => {
  const { endpoint, peer } = lockstep({ requestBytesMax: 40 });
  const device = peer("device");
  endpoint.onRequest(() => expect.unreachable());
  for (const number of [0, 1, 2]) {
    const block = opt(27, number * 16 + 8);
    device.send({ code: PUT, messageId: number, token, options: [...path, block], payload: new Uint8Array(16) });
  }
  const answers = device.take();
  expect(answers.map((answer) => answer.code)).toEqual([code(2, 31), code(2, 31), code(4, 13)]);
  expect(optionOf(answers[2]!, 60)).toBe(40);
});

test("a missing block is answered 4.08 (RFC 7959 §2.9.2)", () => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  endpoint.onRequest(() => expect.unreachable());
  device.send({ code: PUT, messageId: 1, token, options: [opt(27, 0x08)], payload: new Uint8Array(16) });
  device.send({ code: PUT, messageId: 2, token, options: [opt(27, 0x28)], payload: new Uint8Array(16) });
  expect(device.take().map((answer) => answer.code)).toEqual([code(2, 31), code(4, 8)]);
});

test("a client may change its token from block to block, and the answer names the last block", () => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  endpoint.onRequest((request) => {
    expect(request).toMatchObject({ blocks: 2, payload: new Uint8Array(20) });
    request.respond({ code: CHANGED });
  });
  device.send({
    code: PUT,
    messageId: 1,
    token: Uint8Array.of(1),
    options: [opt(27, 0x08)],
    payload: new Uint8Array(16),
  });
  device.send({
    code: PUT,
    messageId: 2,
    token: Uint8Array.of(2),
    options: [opt(27, 0x10)],
    payload: new Uint8Array(4),
  });
  const [, answer] = device.take();
  expect(answer).toMatchObject({ code: CHANGED, token: Uint8Array.of(2) });
  expect(optionOf(answer!, 27)).toBe(0x10);
});

test("blocks of one large answer are cut from what the handler gave first, and share an ETag (RFC 7959 §2.4)", () => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  let handled = 0;
  endpoint.onRequest((request) => request.respond({ code: CONTENT, payload: new Uint8Array(40).fill(++handled) }));
  device.send({ code: GET, messageId: 1, token, options: [...path, opt(23, 0)] });
  device.send({ code: GET, messageId: 2, token, options: [...path, opt(23, 0x10)] });
  device.send({ code: GET, messageId: 3, token, options: [...path, opt(23, 0x20)] });
  device.send({ code: GET, messageId: 4, token, options: [...path, opt(23, 0x30)] });
  const answers = device.take();
  expect(answers.map((answer) => [optionOf(answer, 23), answer.payload.length])).toEqual([
    [0x08, 16],
    [0x18, 16],
    [0x20, 8],
    [-1, 0],
  ]);
  expect(answers[3]?.code).toBe(code(4, 2));
  expect(new Set(answers.slice(0, 3).map((answer) => optionOf(answer, 4))).size).toBe(1);
  expect(handled).toBe(1);
});

function observed(limits = {}) {
  const world = lockstep(limits);
  const device = world.peer("client");
  let subscriber: Subscriber | undefined;
  world.endpoint.onRequest((request) => {
    if (request.subscriber) subscriber = request.subscriber;
    request.respond({ code: CONTENT, observe: 0 });
  });
  device.send({ code: GET, messageId: 1, token, options: [opt(6, 0), ...path] });
  const [answer] = device.take();
  expect(optionOf(answer!, 6)).toBe(0);
  return { ...world, client: device, subscriber: subscriber! };
}

test("a subscriber gets numbered notifications until it resets one (RFC 7641 §3.6, §4.4)", () => {
  const { endpoint, client, subscriber, settle } = observed();
  const outcomes: string[] = [];
  endpoint.notify(subscriber, { code: CONTENT, payload: Uint8Array.of(1) }, (outcome) => outcomes.push(outcome));
  endpoint.notify(subscriber, { code: CONTENT, payload: Uint8Array.of(2) }, (outcome) => outcomes.push(outcome));
  const [first, ...none] = client.take();
  expect(none).toEqual([]);
  expect([first!.type, optionOf(first!, 6)]).toEqual([CON, 1]);
  client.send({ type: ACK, messageId: first!.messageId });
  const [second] = client.take();
  expect(optionOf(second!, 6)).toBe(2);
  client.send({ type: RST, messageId: second!.messageId });
  expect(subscriber.live).toBe(false);
  endpoint.notify(subscriber, { code: CONTENT }, (outcome) => outcomes.push(outcome));
  settle();
  expect(outcomes).toEqual(["delivered", "rejected", "rejected"]);
  expect(endpoint.load.subscribers).toBe(0);
});

test("a reset to a non-confirmable notification ends the subscription too", () => {
  const { endpoint, client, subscriber } = observed();
  endpoint.notify(subscriber, { code: CONTENT, confirmable: false });
  const [notification] = client.take();
  expect(notification?.type).toBe(NON);
  client.send({ type: RST, messageId: notification!.messageId });
  expect(subscriber.live).toBe(false);
});

test("a subscriber that acknowledges nothing is gone after MAX_TRANSMIT_WAIT (RFC 7641 §4.5)", () => {
  const { clock, endpoint, subscriber } = observed();
  const outcomes: string[] = [];
  endpoint.notify(subscriber, { code: CONTENT }, (outcome) => outcomes.push(outcome));
  clock.advance(seconds(94));
  expect(outcomes).toEqual(["timed-out"]);
  expect(subscriber.live).toBe(false);
});

test("Observe = 1 with the same token ends the subscription (RFC 7641 §3.6)", () => {
  const { client, subscriber } = observed();
  client.send({ code: GET, messageId: 2, token, options: [opt(6, 1), ...path] });
  expect(subscriber.live).toBe(false);
});

test("who asks again under the same token is one subscriber still, and its numbers go on (RFC 7641 §4.1, §4.4)", () => {
  const { endpoint, client, subscriber } = observed();
  for (let told = 0; told < 3; told++) endpoint.notify(subscriber, { code: CONTENT, confirmable: false });
  client.take();
  client.send({ code: GET, messageId: 2, token, options: [opt(6, 0), ...path] });
  expect(optionOf(client.take()[0]!, 6)).toBe(4);
  expect(endpoint.load.subscribers).toBe(1);
  client.send({ code: GET, messageId: 3, token, options: [opt(6, 1), ...path] });
  expect(endpoint.load.subscribers).toBe(0);
});

test("beyond the limit of subscribers the answer comes without observation", () => {
  const { endpoint, peer } = observed({ subscribersMax: 1 });
  const other = peer("other");
  endpoint.onRequest((request) => {
    expect(request.subscriber).toBeUndefined();
    request.respond({ code: CONTENT, observe: 0 });
  });
  other.send({ code: GET, messageId: 1, token, options: [opt(6, 0), ...path] });
  const [answer] = other.take();
  expect([answer!.code, optionOf(answer!, 6)]).toEqual([CONTENT, -1]);
});
