import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { CHANGED, CONTENT, CONTINUE, code, GET, PUT } from "../src/code.ts";
import { CoapEndpoint, type ObservationListener } from "../src/endpoint.ts";
import { ACK, CON, NON, RST } from "../src/message.ts";
import { lockstep, opt, optionOf } from "./lockstep-peer.ts";

const get = { peer: "device", method: GET, path: ["3", "0"] };
const bytes = (length: number) => Uint8Array.from({ length }, (_, index) => index & 0xff);

function asked(request: object = {}, limits = {}) {
  const world = lockstep(limits);
  const device = world.peer("device");
  const cancel = world.endpoint.request({ ...get, ...request }, world.keep);
  const [message] = device.take();
  const { messageId, token } = message!;
  return { ...world, device, cancel, message: message!, messageId, token };
}

test("an unanswered request goes out five times and ends as timed out after 93 s at most (RFC 7252 §4.8.2)", () => {
  const { clock, device, endpoint, outcomes } = asked();
  clock.advance(seconds(44));
  expect(device.received.length).toBe(5);
  expect(new Set(device.received.map((each) => each.messageId)).size).toBe(1);
  clock.advance(milliseconds(49_050));
  expect(outcomes).toEqual([{ kind: "timed-out" }]);
  expect(endpoint.counters).toMatchObject({ retransmissions: 4, timeouts: 1 });
});

test("a request may bring its own transmission parameters", () => {
  const { clock, device, outcomes } = asked({
    transmission: { ackTimeout: seconds(1), maxRetransmit: 1, ackRandomFactor: 1 },
  });
  clock.advance(milliseconds(3_000));
  expect(device.received.length).toBe(2);
  expect(outcomes).toEqual([{ kind: "timed-out" }]);
});

test("a separate response is acknowledged, and acknowledged again when it comes again", () => {
  const { device, messageId, token, outcomes } = asked();
  device.send({ type: ACK, messageId });
  expect(outcomes).toEqual([]);
  const response = { type: CON, code: CONTENT, messageId: 77, token, payload: bytes(3) };
  device.send(response);
  device.send(response);
  expect(outcomes).toMatchObject([{ kind: "response", code: CONTENT, payload: bytes(3) }]);
  expect(device.take()).toMatchObject([
    { type: ACK, code: 0, messageId: 77 },
    { type: ACK, code: 0, messageId: 77 },
  ]);
});

test("a separate response that overtakes the acknowledgement stands for it (RFC 7252 §5.2.2)", () => {
  const { clock, device, token, messageId, outcomes } = asked();
  device.send({ type: NON, code: CONTENT, messageId: 77, token });
  device.send({ type: ACK, messageId });
  clock.advance(seconds(100));
  expect(device.received.length).toBe(1);
  expect(outcomes.length).toBe(1);
});

test("after an empty acknowledgement the response may take responseTimeout, no longer", () => {
  const { clock, device, messageId, outcomes } = asked({ responseTimeout: seconds(10) });
  device.send({ type: ACK, messageId });
  clock.advance(seconds(9));
  expect(outcomes).toEqual([]);
  clock.advance(seconds(2));
  expect(outcomes).toEqual([{ kind: "timed-out", acknowledged: true }]);
});

test("a reset ends a request, also a non-confirmable one", () => {
  for (const confirmable of [true, false]) {
    const { device, messageId, outcomes } = asked({ confirmable });
    device.send({ type: RST, messageId });
    expect(outcomes).toEqual([{ kind: "reset" }]);
  }
});

test("a non-confirmable request is sent once and takes a response of any type", () => {
  const { clock, device, message, token, outcomes } = asked({ confirmable: false });
  expect(message.type).toBe(NON);
  clock.advance(seconds(90));
  expect(device.received.length).toBe(1);
  device.send({ type: NON, code: CONTENT, messageId: 1, token });
  expect(outcomes.length).toBe(1);
});

test("a response from another address is ignored and counted, whatever it knows", () => {
  const { peer, device, endpoint, messageId, token, outcomes } = asked();
  const stranger = peer("stranger");
  stranger.send({ type: ACK, code: CONTENT, messageId, token });
  stranger.send({ type: NON, code: CONTENT, messageId, token });
  stranger.send({ type: CON, code: CONTENT, messageId, token });
  stranger.send({ type: RST, messageId });
  expect(outcomes).toEqual([]);
  expect(stranger.take()).toEqual([]);
  expect(endpoint.counters.ignoredWrongSource).toBe(3);
  device.send({ type: ACK, code: CONTENT, messageId, token });
  expect(outcomes.length).toBe(1);
});

test("an acknowledgement with another token, or another message id, is not ours", () => {
  const { device, endpoint, messageId, token, outcomes } = asked();
  device.send({ type: ACK, code: CONTENT, messageId, token: Uint8Array.of(1) });
  device.send({ type: ACK, code: CONTENT, messageId: messageId ^ 1, token });
  expect(outcomes).toEqual([]);
  expect(endpoint.counters.unexpected).toBe(2);
});

test("a response with an unknown critical option is rejected (RFC 7252 §5.4.1)", () => {
  const { device, token, outcomes } = asked();
  device.send({ type: CON, code: CONTENT, messageId: 8, token, options: [opt(9, 1)] });
  expect(device.take()).toMatchObject([{ type: RST, messageId: 8 }]);
  expect(outcomes).toMatchObject([{ kind: "refused" }]);
});

test("message ids count up per peer from a random start, and tokens are eight fresh bytes", () => {
  const { endpoint, peer } = lockstep();
  const [a, b] = [peer("a"), peer("b")];
  for (let round = 0; round < 2; round++) {
    for (const device of [a, b]) {
      endpoint.request({ ...get, peer: device.address }, () => {});
      const [request] = device.take();
      device.send({ type: ACK, code: CONTENT, messageId: request!.messageId, token: request!.token });
    }
  }
  const [a1, a2] = a.received;
  const [b1, b2] = b.received;
  expect(a2!.messageId).toBe((a1!.messageId + 1) & 0xffff);
  expect(b2!.messageId).toBe((b1!.messageId + 1) & 0xffff);
  expect(a1!.messageId).not.toBe(b1!.messageId);
  expect(new Set([a1, a2, b1, b2].map((each) => Buffer.from(each!.token).toString("hex"))).size).toBe(4);
  expect(a1!.token.length).toBe(8);
});

test("requests to one peer wait for each other, those to others do not (NSTART, RFC 7252 §4.7)", () => {
  const { device, endpoint, peer, messageId, token } = asked();
  const other = peer("other");
  endpoint.request({ ...get, path: ["second"] }, () => {});
  endpoint.request({ ...get, peer: "other" }, () => {});
  expect(device.take()).toEqual([]);
  expect(other.take().length).toBe(1);
  device.send({ type: ACK, code: CONTENT, messageId, token });
  expect(device.take().length).toBe(1);
});

test("a full queue refuses, later but surely, and says so", () => {
  const { clock, endpoint, outcomes, keep } = asked({}, { queuedPerPeerMax: 1 });
  endpoint.request(get, keep);
  endpoint.request(get, keep);
  expect(outcomes).toEqual([]);
  clock.advance(milliseconds(10));
  expect(outcomes).toEqual([{ kind: "refused", why: "the queue is full" }]);
  expect(endpoint.counters.queueRefusals).toBe(1);
});

test("cancelling ends a request once, and lets the next one go", () => {
  const { cancel, device, endpoint, outcomes, keep } = asked();
  endpoint.request({ ...get, path: ["next"] }, keep);
  cancel();
  cancel();
  expect(outcomes).toEqual([{ kind: "cancelled" }]);
  expect(device.take().length).toBe(1);
});

test("forgetting a peer, and closing, end all that is pending as cancelled", () => {
  for (const end of [
    (endpoint: CoapEndpoint) => endpoint.forgetPeer("device"),
    (endpoint: CoapEndpoint) => endpoint.close(),
  ]) {
    const { clock, endpoint, device, outcomes, keep } = asked();
    endpoint.request(get, keep);
    end(endpoint);
    expect(outcomes).toEqual([{ kind: "cancelled" }, { kind: "cancelled" }]);
    expect(endpoint.load).toMatchObject({ peers: 0, exchanges: 0, queued: 0 });
    clock.advance(seconds(100));
    expect(device.take()).toEqual([]);
  }
});

test("a ping finds a peer alive by its reset, and dead by its silence", () => {
  const { clock, endpoint, peer } = lockstep();
  const device = peer("device");
  const answers: boolean[] = [];
  endpoint.ping("device", (alive) => answers.push(alive));
  endpoint.ping("nobody", (alive) => answers.push(alive));
  const [ping] = device.take();
  expect(ping).toMatchObject({ type: CON, code: 0 });
  device.send({ type: RST, messageId: ping!.messageId });
  clock.advance(seconds(100));
  expect(answers).toEqual([true, false]);
});

function pushed(request: object = {}) {
  const world = asked({ method: PUT, payload: bytes(3_000), ...request });
  const answer = (response: object, block: number) => {
    const last = world.device.received.at(-1)!;
    world.device.send({
      type: ACK,
      messageId: last.messageId,
      token: last.token,
      options: [opt(27, block)],
      ...response,
    });
    return world.device.take()[0];
  };
  return { ...world, answer };
}

test("a large payload goes in blocks, the first with its whole size, one token for all", () => {
  const progress: number[] = [];
  const { message, answer, outcomes, token } = pushed({
    onProgress: ({ bytesAcknowledged }: { bytesAcknowledged: number }) => progress.push(bytesAcknowledged),
  });
  expect([optionOf(message, 27), optionOf(message, 60), message.payload.length]).toEqual([0x0e, 3_000, 1_024]);
  const second = answer({ code: CONTINUE }, 0x0e)!;
  expect([optionOf(second, 27), optionOf(second, 60)]).toEqual([0x1e, -1]);
  const third = answer({ code: CONTINUE }, 0x1e)!;
  expect([optionOf(third, 27), third.payload.length, third.token]).toEqual([0x26, 952, token]);
  answer({ code: CHANGED }, 0x26);
  expect(outcomes).toMatchObject([{ kind: "response", code: CHANGED }]);
  expect(progress).toEqual([1_024, 2_048, 3_000]);
});

test("a smaller size in 2.31 continues from the same byte (RFC 7959 figure 8)", () => {
  const { answer } = pushed();
  const second = answer({ code: CONTINUE }, 0x0a)!;
  expect([optionOf(second, 27), second.payload.length, second.payload[0]]).toEqual([(1_024 / 64) * 16 + 10, 64, 0]);
});

test("4.13 with a smaller size sends the block again, smaller, also when it went in one piece (RFC 7959 §2.9.3)", () => {
  const { answer } = pushed();
  expect(optionOf(answer({ code: code(4, 13) }, 0x0c)!, 27)).toBe(0x0c);
  const whole = pushed({ payload: bytes(500) });
  expect(optionOf(whole.message, 27)).toBe(-1);
  const first = whole.answer({ code: code(4, 13) }, 0x0a)!;
  expect([optionOf(first, 27), optionOf(first, 60), first.payload.length]).toEqual([0x0a, 500, 64]);
});

test.each([code(4, 4), code(4, 8), code(4, 13), code(5, 0)])(
  "answer %i in the middle ends the transfer with that code",
  (refusal) => {
    const { answer, outcomes } = pushed();
    answer({ code: CONTINUE }, 0x0e);
    expect(answer({ code: refusal, options: [] }, 0)).toBeUndefined();
    expect(outcomes).toMatchObject([{ kind: "response", code: refusal }]);
  },
);

test("a transfer stops when it may not continue", () => {
  const { answer, outcomes } = pushed({ mayContinue: () => false });
  expect(answer({ code: CONTINUE }, 0x0e)).toBeUndefined();
  expect(outcomes).toEqual([{ kind: "cancelled" }]);
});

test("the back-off begins anew with each block", () => {
  const { clock, device, answer } = pushed({ transmission: { ackRandomFactor: 1 } });
  clock.advance(seconds(7));
  expect(device.take().length).toBe(2);
  answer({ code: CONTINUE }, 0x0e);
  clock.advance(milliseconds(2_010));
  expect(device.take().length).toBe(1);
});

test("a read goes in between the blocks of a transfer", () => {
  const { answer, endpoint } = pushed();
  endpoint.request({ ...get, path: ["between"] }, () => {});
  const between = answer({ code: CONTINUE }, 0x0e)!;
  expect(between.code).toBe(GET);
  expect(optionOf(answer({ code: CONTENT, options: [] }, 0)!, 27)).toBe(0x1e);
});

test.each([
  ["another number", [opt(4, 1), opt(23, 0x28)]],
  ["another ETag", [opt(4, 2), opt(23, 0x18)]],
])("a response whose second block has %s is refused", (_what, options) => {
  const { device, messageId, token, outcomes } = asked();
  const payload = bytes(16);
  device.send({ type: ACK, code: CONTENT, messageId, token, options: [opt(4, 1), opt(23, 0x08)], payload });
  const [second] = device.take();
  expect(optionOf(second!, 23)).toBe(0x10);
  device.send({ type: ACK, code: CONTENT, messageId: second!.messageId, token: second!.token, options, payload });
  expect(outcomes).toMatchObject([{ kind: "refused" }]);
});

test("a response over the limit is refused before it is complete", () => {
  const { device, messageId, token, outcomes } = asked({}, { responseBytesMax: 20 });
  device.send({ type: ACK, code: CONTENT, messageId, token, options: [opt(23, 0x08)], payload: bytes(16) });
  const [second] = device.take();
  device.send({
    type: ACK,
    code: CONTENT,
    messageId: second!.messageId,
    token: second!.token,
    options: [opt(23, 0x18)],
    payload: bytes(16),
  });
  expect(outcomes).toMatchObject([{ kind: "refused" }]);
});

function observing(limits = {}) {
  const world = lockstep(limits);
  const device = world.peer("device");
  const told: string[] = [];
  const listener: ObservationListener = {
    onResponse: (outcome) => told.push(outcome.kind === "response" ? `first ${outcome.payload.length}` : outcome.kind),
    onNotification: ({ payload }) => told.push(`value ${payload.length}`),
    onEnd: (why) => told.push(`end ${why}`),
  };
  let id = 100;
  const observation = world.endpoint.observe(get, listener);
  const [request] = device.take();
  const { token } = request!;
  device.send({ type: ACK, code: CONTENT, messageId: request!.messageId, token, options: [opt(6, 10)] });
  const notify = (sequence: number, length: number, message: object = {}) => {
    device.send({
      type: CON,
      code: CONTENT,
      messageId: id++,
      token,
      options: [opt(6, sequence)],
      payload: bytes(length),
      ...message,
    });
    return device.take()[0];
  };
  return { ...world, device, told, observation, listener, request: request!, token, notify };
}

test("an observation tells the first answer, then fresh notifications in order, and acknowledges all (RFC 7641 §3.4)", () => {
  const { clock, told, notify, request } = observing();
  expect(optionOf(request, 6)).toBe(0);
  expect(notify(11, 1)).toMatchObject({ type: ACK, code: 0 });
  expect(notify(10, 2)).toMatchObject({ type: ACK, code: 0 });
  expect(notify(12, 3)).toMatchObject({ type: ACK, code: 0 });
  clock.advance(seconds(129));
  notify(3, 4);
  expect(told).toEqual(["first 0", "value 1", "value 3", "value 4"]);
});

test.each([
  ["an error", { code: code(4, 4), options: [] }, ["first 0", "end refused"]],
  ["a success without Observe", { options: [] }, ["first 0", "value 1", "end refused"]],
])("%s ends an observation", (_what, message, expected) => {
  const { told, notify, endpoint } = observing();
  notify(11, 1, message);
  expect(told).toEqual(expected);
  expect(endpoint.load.observations).toBe(0);
  expect(notify(12, 1)).toMatchObject({ type: RST });
});

test("a notification with a token we do not know is reset (RFC 7641 §3.6)", () => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  device.send({ type: CON, code: CONTENT, messageId: 1, token: Uint8Array.of(9), options: [opt(6, 1)] });
  device.send({ type: NON, code: CONTENT, messageId: 2, token: Uint8Array.of(9), options: [opt(6, 1)] });
  expect(device.take()).toMatchObject([
    { type: RST, messageId: 1 },
    { type: RST, messageId: 2 },
  ]);
  expect(endpoint.load.peers).toBe(0);
});

test("cancelling sends Observe = 1 with the same token, and what still comes is reset", () => {
  const { device, told, observation, token, notify, outcomes, keep } = observing();
  observation.cancel(keep);
  const [cancel] = device.take();
  expect([optionOf(cancel!, 6), cancel!.token]).toEqual([1, token]);
  expect(notify(11, 1)).toMatchObject({ type: RST });
  device.send({ type: ACK, code: CONTENT, messageId: cancel!.messageId, token });
  expect(outcomes).toMatchObject([{ kind: "response" }]);
  expect(told).toEqual(["first 0", "end cancelled"]);
});

test("forgetting sends nothing and resets the next notification", () => {
  const { device, observation, notify } = observing();
  observation.forget();
  expect(device.take()).toEqual([]);
  expect(notify(11, 1)).toMatchObject({ type: RST });
});

test("refreshing asks again under the same token, and goes on from the number in the answer (RFC 7641 §3.3.1)", () => {
  const { device, told, observation, token, notify, outcomes, keep, endpoint } = observing();
  notify(57, 1);
  observation.refresh(keep);
  const [again] = device.take();
  expect([optionOf(again!, 6), again!.token]).toEqual([0, token]);
  // The device has lost it meanwhile, and counts from the beginning.
  device.send({
    type: ACK,
    code: CONTENT,
    messageId: again!.messageId,
    token,
    options: [opt(6, 1)],
    payload: bytes(2),
  });
  expect(outcomes).toMatchObject([{ kind: "response", payload: bytes(2) }]);
  expect(notify(2, 3)).toMatchObject({ type: ACK });
  expect(told).toEqual(["first 0", "value 1", "value 3"]);
  expect(endpoint.load).toMatchObject({ observations: 1, exchanges: 0 });
});

test("a notification that overtakes the answer to a refresh is that answer", () => {
  const { device, told, observation, token, notify, outcomes, keep } = observing();
  observation.refresh(keep);
  const [again] = device.take();
  expect(notify(12, 5)).toMatchObject({ type: ACK });
  device.send({
    type: ACK,
    code: CONTENT,
    messageId: again!.messageId,
    token,
    options: [opt(6, 11)],
    payload: bytes(2),
  });
  expect(outcomes).toMatchObject([{ kind: "response", payload: bytes(5) }]);
  expect(notify(13, 6)).toMatchObject({ type: ACK });
  expect(told).toEqual(["first 0", "value 6"]);
});

test("a refresh that gets no answer leaves the observation as it is; one that is not observed ends it", () => {
  const { clock, device, told, observation, token, notify, outcomes, keep, endpoint } = observing();
  observation.refresh(keep);
  observation.refresh(keep);
  clock.advance(seconds(100));
  expect(outcomes).toEqual([{ kind: "cancelled" }, { kind: "timed-out" }]);
  device.take();
  expect(notify(11, 1)).toMatchObject({ type: ACK });
  observation.refresh(keep);
  const [again] = device.take();
  device.send({ type: ACK, code: CONTENT, messageId: again!.messageId, token, payload: bytes(2) });
  expect(outcomes.at(-1)).toMatchObject({ kind: "response" });
  expect(notify(12, 1)).toMatchObject({ type: RST });
  expect(told).toEqual(["first 0", "value 1"]);
  expect(endpoint.load.observations).toBe(0);
  observation.refresh(keep);
  clock.advance(seconds(1));
  expect(outcomes.at(-1)).toEqual({ kind: "cancelled" });
});

test("what comes under a token of ours from elsewhere is ignored, and told to the observation alone", () => {
  const { peer, told, listener, token, endpoint, observation, device } = observing();
  const elsewhere: string[] = [];
  listener.onElsewhere = (from) => elsewhere.push(from);
  const strays: string[] = [];
  endpoint.onStrayNotification((from) => strays.push(from));
  const other = peer("other");
  other.send({ type: CON, code: CONTENT, messageId: 1, token, options: [opt(6, 20)] });
  expect([elsewhere, strays, other.take()]).toEqual([["other"], [], []]);
  other.send({ type: CON, code: CONTENT, messageId: 2, token: Uint8Array.of(9), options: [opt(6, 1)] });
  other.send({ type: CON, code: CONTENT, messageId: 3, token: Uint8Array.of(9) });
  expect([elsewhere, strays]).toEqual([["other"], ["other"]]);
  expect(other.take()).toMatchObject([{ type: RST }, { type: RST }]);
  // While it is asked again where it is no more, too.
  observation.refresh(() => {});
  expect(device.take()).toHaveLength(1);
  other.send({ type: CON, code: CONTENT, messageId: 4, token, options: [opt(6, 21)] });
  expect(elsewhere).toEqual(["other", "other"]);
  expect(told).toEqual(["first 0"]);
});

test("an observation is restored by its token after a restart", () => {
  const { network, clock, random, device, token, listener, told, endpoint } = {
    random: { next: () => 0.5 },
    ...observing(),
  };
  endpoint.close();
  network.unbind("us");
  const restarted = new CoapEndpoint({ port: network.bind("us"), clock, random });
  restarted.restoreObservation({ peer: "device", token, path: ["3", "0"] }, listener);
  expect(device.take()).toEqual([]);
  device.send({ type: CON, code: CONTENT, messageId: 500, token, options: [opt(6, 2)], payload: bytes(5) });
  expect(device.take()).toMatchObject([{ type: ACK }]);
  expect(told.at(-1)).toBe("value 5");
});

test("the rest of a large notification is fetched under another token (RFC 7959 §3.4)", () => {
  const { device, told, token } = observing();
  device.send({
    type: NON,
    code: CONTENT,
    messageId: 1,
    token,
    options: [opt(4, 1), opt(6, 11), opt(23, 0x08)],
    payload: bytes(16),
  });
  const [fetch] = device.take();
  expect([optionOf(fetch!, 23), optionOf(fetch!, 6)]).toEqual([0x10, -1]);
  expect(fetch!.token).not.toEqual(token);
  const options = [opt(4, 1), opt(23, 0x10)];
  device.send({
    type: ACK,
    code: CONTENT,
    messageId: fetch!.messageId,
    token: fetch!.token,
    options,
    payload: bytes(4),
  });
  expect(told).toEqual(["first 0", "value 20"]);
});

test("a first answer without Observe is an answer, not an observation", () => {
  const { endpoint, peer } = lockstep();
  const device = peer("device");
  const told: string[] = [];
  endpoint.observe(get, {
    onResponse: ({ kind }) => told.push(kind),
    onNotification: () => told.push("value"),
    onEnd: () => told.push("end"),
  });
  const [request] = device.take();
  device.send({ type: ACK, code: CONTENT, messageId: request!.messageId, token: request!.token });
  expect(told).toEqual(["response"]);
  expect(endpoint.load.observations).toBe(0);
});

test("a request after closing is refused, and one refused before is told so at the latest by closing", async () => {
  const { endpoint, outcomes, keep } = asked({}, { queuedPerPeerMax: 0 });
  endpoint.request(get, keep);
  endpoint.close();
  expect(outcomes.map(({ kind }) => kind)).toEqual(["refused", "cancelled"]);
  await new Promise<void>((resolve) => {
    endpoint.request(get, (outcome) => {
      expect(outcome).toEqual({ kind: "refused", why: "the endpoint is closed" });
      resolve();
    });
  });
});

test("a separate answer to an earlier block that comes late does not move the transfer (all blocks share a token)", () => {
  const { answer, device, token, outcomes } = pushed();
  answer({ code: CONTINUE }, 0x0e);
  device.send({ type: NON, code: CONTINUE, messageId: 900, token, options: [opt(27, 0x0e)] });
  expect(device.take()).toEqual([]);
  expect(optionOf(answer({ code: CONTINUE }, 0x1e)!, 27)).toBe(0x26);
  expect(outcomes).toEqual([]);
});

test("after a body in blocks, the blocks of the answer are asked for without the body (RFC 7959 §3.3)", () => {
  const { answer, device, outcomes } = pushed({ payload: bytes(1_100) });
  answer({ code: CONTINUE }, 0x0e);
  const last = device.received.at(-1)!;
  const first = [opt(23, 0x08), opt(27, 0x16)];
  device.send({ ...last, type: ACK, code: CHANGED, options: first, payload: bytes(16) });
  const [fetch] = device.take();
  expect([optionOf(fetch!, 23), optionOf(fetch!, 27), fetch!.payload.length]).toEqual([0x10, -1, 0]);
  device.send({ ...fetch!, type: ACK, code: CHANGED, options: [opt(23, 0x10)], payload: bytes(2) });
  expect(outcomes).toMatchObject([{ kind: "response", code: CHANGED, payload: Uint8Array.of(...bytes(16), 0, 1) }]);
});
