import { SealedBox } from "@lamplighter/runtime/sealed-box";
import { expect, test } from "vitest";
import { alertDescription, encodeAlert } from "../src/alert.ts";
import { joined, numberBytes } from "../src/bytes.ts";
import { Connection } from "../src/connection.ts";
import { extensionType } from "../src/extension.ts";
import { decodeFragments, encodeMessage, fragmentsOf, handshakeType } from "../src/handshake-message.ts";
import { decodeHelloVerifyRequest, offeredSuitesMax } from "../src/hello.ts";
import { contentType, decodeRecords, sequenceMax } from "../src/record.ts";
import { nothingSeen } from "../src/replay-window.ts";
import { proofDigest, sealSession } from "../src/session-sealing.ts";
import { connected, hello, lightAddress, plain, stranger } from "./attacker.ts";
import { keeperOfNothing, seededBytes, serverAddress, text, world } from "./world.ts";

/** A connected light whose own keys are in a test's hands, which writes its records in its place. */
async function takenOver() {
  const it = await connected();
  it.network.unbind(lightAddress);
  const port = it.network.bind(lightAddress);
  const back: Uint8Array[] = [];
  port.onDatagram((_, datagram) => back.push(datagram));
  const inside = new Connection(it.client.established!, "client", { writeSequence: 100, window: nothingSeen });
  const say = (words: string) => inside.seal(contentType.applicationData, text(words))!;
  return { ...it, inside, back, sealed: say, send: (datagram: Uint8Array) => port.send(serverAddress, datagram) };
}

const words = (heard: readonly { readonly words: string }[]) => heard.map(({ words }) => words);

test("records that overtake each other are heard as they come, each once, and one behind the window is not", async () => {
  const { sealed, send, pass, heard, server } = await takenOver();
  const records = Array.from({ length: 70 }, (_, index) => sealed(`${index}`));
  for (const index of [2, 0, 1, 2, 0, 69, 68, 3]) {
    send(records[index]!);
    await pass(20);
  }
  expect(words(heard)).toEqual(["one", "2", "0", "1", "69", "68"]);
  expect(server.counters.unreadable).toBe(3);
});

test("a record that is changed in any byte is dropped without an answer, and the connection goes on", async () => {
  const { sealed, send, pass, heard, server, back } = await takenOver();
  const record = sealed("changed");
  for (let at = 0; at < record.length; at++) {
    const copy = record.slice();
    copy[at]! ^= 1;
    send(copy);
  }
  await pass(200);
  expect(words(heard)).toEqual(["one"]);
  expect(back).toEqual([]);
  expect(server.counters.unreadable + server.counters.unknownConnection + server.counters.malformed).toBe(
    record.length,
  );
  send(record);
  await pass(200);
  expect(words(heard)).toEqual(["one", "changed"]);
  expect(back).toHaveLength(1);
});

test("data in the clear is never heard, and a record of another epoch is not of this connection", async () => {
  const { send, sealed, pass, heard, server } = await takenOver();
  send(plain(contentType.applicationData, text("in the clear"), { sequence: 500 }));
  for (const epoch of [0, 2, 0xffff]) {
    const record = sealed("another epoch");
    record.set(numberBytes(epoch, 2), 3);
    send(record);
  }
  await pass(200);
  expect(words(heard)).toEqual(["one"]);
  send(sealed("and on"));
  await pass(200);
  expect(words(heard)).toEqual(["one", "and on"]);
  expect(server.connections).toBe(1);
});

test("a record for an id that nobody has is counted and nothing else, from the light's own address too", async () => {
  const { sealed, send, pass, heard, server, back, network } = await takenOver();
  const record = sealed("for whom?");
  const forger = network.bind(stranger);
  for (let at = 11; at < 17; at++) {
    const copy = record.slice();
    copy[at]! ^= 1;
    send(copy);
    forger.send(serverAddress, copy);
  }
  await pass(200);
  expect(server.counters.unknownConnection).toBe(12);
  expect(words(heard)).toEqual(["one"]);
  expect(back).toEqual([]);
});

test("a light with an id that sends without it is not heard (RFC 9146 §3)", async () => {
  const { client, send, pass, heard } = await takenOver();
  const { connectionIds: _, ...without } = client.established!;
  const bare = new Connection({ ...without, connectionIds: undefined }, "client", {
    writeSequence: 300,
    window: nothingSeen,
  });
  send(bare.seal(contentType.applicationData, text("without"))!);
  await pass(200);
  expect(words(heard)).toEqual(["one"]);
});

test("a wrong cookie, of whatever length, is answered with a right one and nothing else", async () => {
  const { network, pass, server } = world();
  const back: Uint8Array[] = [];
  const port = network.bind(lightAddress);
  port.onDatagram((_, datagram) => back.push(datagram));
  const lengths = [0, 1, 15, 16, 17, 32, 255];
  for (const length of lengths) port.send(serverAddress, hello(new Uint8Array(32), { cookie: new Uint8Array(length) }));
  await pass(200);
  expect(server.counters).toMatchObject({ cookiesAsked: lengths.length, handshakesBegun: 0 });
  expect(back).toHaveLength(lengths.length);
  const [record] = [...decodeRecords(back[0]!, 0)];
  const [fragment] = [...decodeFragments(record!.body)];
  const cookie = decodeHelloVerifyRequest(fragment!.body);
  const other = hello(new Uint8Array(32).fill(1), { cookie });
  port.send(serverAddress, other);
  await pass(200);
  expect(server.counters.handshakesBegun).toBe(0);
  port.send(serverAddress, hello(new Uint8Array(32), { cookie }));
  await pass(200);
  expect(server.counters.handshakesBegun).toBe(1);
});

test("a hello with more suites than anybody offers is not read, so that none costs much", async () => {
  const { network, pass, server } = world();
  const port = network.bind(stranger);
  const suites = (count: number) => Array.from({ length: count }, (_, index) => index);
  port.send(serverAddress, hello(undefined, { cipherSuites: suites(offeredSuitesMax + 1) }));
  await pass(50);
  expect(server.counters).toMatchObject({ malformed: 1, cookiesAsked: 0 });
  port.send(serverAddress, hello(undefined, { cipherSuites: suites(offeredSuitesMax) }));
  await pass(50);
  expect(server.counters).toMatchObject({ malformed: 1, cookiesAsked: 1 });
});

test.each([
  ["no bytes", new Uint8Array(0), true],
  ["128 bytes", new Uint8Array(128).fill(65), true],
  ["bytes that are no UTF-8", Uint8Array.of(0xff, 0xfe, 0, 0xc3, 0x28), true],
  ["129 bytes", new Uint8Array(129).fill(65), false],
  ["8,000 bytes", new Uint8Array(8_000).fill(65), false],
])("an identity of %s is asked for as it is, or not at all", async (_, identity, isAskedFor) => {
  const asked: Uint8Array[] = [];
  const key = text("0123456789abcdef");
  const keyOf = (given: Uint8Array) => {
    asked.push(given);
    return key;
  };
  const { light, pass, heard, events, server } = world({ server: { keyOf } });
  light("", { identity, key }).say("hello");
  await pass(3_000);
  if (isAskedFor) {
    expect([...asked[0]!]).toEqual([...identity]);
    expect(words(heard)).toEqual(["hello"]);
    expect([...server.peerOf(heard[0]!.from)!.identity]).toEqual([...identity]);
  } else {
    expect(asked).toEqual([]);
    expect(events[0]).toMatchObject({ kind: "refused", why: "malformed" });
  }
});

/** A light whose handshake is under way: it has its cookie, and the server awaits its answer. */
async function halfWay() {
  const it = world();
  const port = it.network.bind(lightAddress);
  const back: Uint8Array[] = [];
  port.onDatagram((_, datagram) => back.push(datagram));
  const send = (datagram: Uint8Array) => port.send(serverAddress, datagram);
  send(hello());
  await it.pass(50);
  const [record] = [...decodeRecords(back[0]!, 0)];
  const [fragment] = [...decodeFragments(record!.body)];
  const body = hello(undefined, { cookie: decodeHelloVerifyRequest(fragment!.body) });
  body[18] = 1;
  send(body);
  await it.pass(50);
  expect(it.server.counters.handshakesBegun).toBe(1);
  back.length = 0;
  return { ...it, send, back };
}

const exchange = (sequence: number, identity = "light-1") =>
  ({
    type: handshakeType.clientKeyExchange,
    sequence,
    body: joined(numberBytes(identity.length, 2), text(identity)),
  }) as const;

test("fragments that are cut short, too long, too far ahead, or lie about their message keep nothing and end nothing", async () => {
  const { send, pass, server, back } = await halfWay();
  const whole = encodeMessage(exchange(2));
  const lies: readonly Uint8Array[] = [
    whole.subarray(0, 5),
    whole.subarray(0, whole.length - 1),
    // One longer than its message, one of a message of 16 MiB, one that begins after the end.
    joined(whole.subarray(0, 1), numberBytes(3, 3), whole.subarray(4)),
    joined(whole.subarray(0, 1), numberBytes(2 ** 24 - 1, 3), whole.subarray(4)),
    joined(whole.subarray(0, 6), numberBytes(100, 3), whole.subarray(9)),
    encodeMessage(exchange(40)),
    encodeMessage(exchange(0xffff)),
  ];
  for (const [index, body] of lies.entries()) send(plain(contentType.handshake, body, { sequence: 10 + index }));
  await pass(200);
  expect(server.counters.handshakesFailed).toBe(0);
  expect(back).toEqual([]);
  send(plain(contentType.handshake, encodeMessage(exchange(2, "stranger")), { sequence: 30 }));
  await pass(200);
  expect(server.counters.handshakesFailed).toBe(1);
});

test("of fragments that overlap, the bytes that came first count", async () => {
  const { send, pass, events } = await halfWay();
  const [first, second] = fragmentsOf(exchange(2, "stranger-with-a-long-name"), 12 + 14);
  const [forged] = fragmentsOf(exchange(2, "light-11111111111111111111"), 12 + 14);
  send(plain(contentType.handshake, first!, { sequence: 10 }));
  await pass(50);
  send(plain(contentType.handshake, forged!, { sequence: 11 }));
  await pass(50);
  send(plain(contentType.handshake, second!, { sequence: 12 }));
  await pass(200);
  expect(events[0]).toMatchObject({ why: "unknown-identity", identity: text("stranger-with-a-long-name") });
});

test("an alert in the clear ends no handshake of the server's, whatever it says", async () => {
  const { send, pass, server, events } = await halfWay();
  for (const description of Object.values(alertDescription)) {
    send(plain(contentType.alert, encodeAlert({ level: "fatal", description }), { sequence: 20 }));
  }
  await pass(200);
  expect(events).toEqual([]);
  send(plain(contentType.handshake, encodeMessage(exchange(2, "stranger")), { sequence: 30 }));
  await pass(200);
  expect(events).toMatchObject([{ why: "unknown-identity" }]);
  expect(server.counters.handshakesFailed).toBe(1);
});

test("a Finished in the clear ends the handshake, and is never looked at as one", async () => {
  const { send, pass, events } = await halfWay();
  send(plain(contentType.handshake, encodeMessage(exchange(2)), { sequence: 10 }));
  await pass(50);
  const finished = { type: handshakeType.finished, sequence: 3, body: seededBytes(1)(12) };
  send(plain(contentType.handshake, encodeMessage(finished), { sequence: 11 }));
  await pass(200);
  expect(events).toMatchObject([{ kind: "refused", why: "unexpected-message" }]);
});

test("a hello with a right cookie and extensions that cannot be read ends its handshake, and nothing is kept of it", async () => {
  const { network, pass, server, events } = world();
  const port = network.bind(lightAddress);
  const back: Uint8Array[] = [];
  port.onDatagram((_, datagram) => back.push(datagram));
  const extensions = new Map([[extensionType.connectionId, Uint8Array.of(200, 1)]]);
  port.send(serverAddress, hello(undefined, { extensions }));
  await pass(50);
  const [record] = [...decodeRecords(back[0]!, 0)];
  const [fragment] = [...decodeFragments(record!.body)];
  port.send(serverAddress, hello(undefined, { extensions, cookie: decodeHelloVerifyRequest(fragment!.body) }));
  await pass(50);
  expect(server.counters).toMatchObject({ handshakesBegun: 1, handshakesFailed: 1 });
  expect(events).toMatchObject([{ kind: "refused", why: "malformed" }]);
  port.send(serverAddress, hello(undefined, { extensions, cookie: decodeHelloVerifyRequest(fragment!.body) }));
  await pass(50);
  expect(server.counters).toMatchObject({ handshakesBegun: 2, handshakesFailed: 2 });
});

test("a record that was overtaken is heard, and moves its light nowhere, wherever it comes from (RFC 9146 §6)", async () => {
  const { sealed, send, pass, heard, server, network } = await takenOver();
  const [older, newer] = [sealed("older"), sealed("newer")];
  send(newer);
  await pass(50);
  network.bind(stranger).send(serverAddress, older);
  await pass(50);
  expect(words(heard)).toEqual(["one", "newer", "older"]);
  expect(server.peerOf(heard[0]!.from)?.udpAddress).toBe(lightAddress);
});

test("after the last of 2^48 records a connection ends, and says nothing more", async () => {
  const { client } = await connected();
  const box = new SealedBox({ key: new Uint8Array(32), randomBytes: seededBytes(9) });
  const { ours, theirs } = client.established!.connectionIds!;
  const established = { ...client.established!, connectionIds: { ours: theirs, theirs: ours } };
  const key = text("0123456789abcdef");
  const other = world({ seed: 2, server: { keyOf: () => key, sessions: keeperOfNothing() } });
  const back: Uint8Array[] = [];
  other.network.bind(lightAddress).onDatagram((_, datagram) => back.push(datagram));
  const row = {
    name: "dtls:old",
    sealed: sealSession(box, "dtls:old", established, proofDigest(key)),
    udpAddress: lightAddress,
    ...{ sendBelow: sequenceMax, acceptedBelow: 10, connectedAt: 0, heardAt: 0 },
  };
  expect(other.server.restore([row], box, { sendBelow: 48, acceptedBelow: 0 })).toBe(1);
  other.server.send("dtls:old", text("the last"));
  expect(other.server.connections).toBe(1);
  other.server.send("dtls:old", text("one too many"));
  await other.pass(50);
  expect(other.server.connections).toBe(0);
  expect(other.events).toMatchObject([{ kind: "gone", why: "spent" }]);
  expect(back.map((datagram) => [...decodeRecords(datagram, 0)][0]!.sequence)).toEqual([sequenceMax]);
});
