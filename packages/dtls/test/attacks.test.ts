import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import fc from "fast-check";
import { expect, test } from "vitest";
import { alertDescription, encodeAlert } from "../src/alert.ts";
import { cipherSuites } from "../src/cipher-suite.ts";
import { ClientHandshake } from "../src/client-handshake.ts";
import { Connection } from "../src/connection.ts";
import { handshakeType } from "../src/handshake-message.ts";
import { HandshakeRun } from "../src/handshake-run.ts";
import { contentType, decodeRecords } from "../src/record.ts";
import { nothingSeen } from "../src/replay-window.ts";
import { connected, hello, lightAddress, plain, stranger } from "./attacker.ts";
import { calm, seededBytes, serverAddress, text, world } from "./world.ts";

test("alerts in the clear, whoever sends them, end nothing", async () => {
  const { network, pass, say, answers, server } = await connected();
  const forger = network.bind(stranger);
  for (const description of Object.values(alertDescription)) {
    for (const level of ["warning", "fatal"] as const) {
      forger.send(serverAddress, plain(contentType.alert, encodeAlert({ level, description })));
    }
  }
  await pass(500);
  say("two");
  await pass(500);
  expect(answers).toEqual(["one", "two"]);
  expect(server.connections).toBe(1);
});

test("a recorded conversation, played again by anybody, is heard by nobody", async () => {
  const { network, pass, passed, heard, events } = await connected();
  const before = events.length;
  const forger = network.bind(stranger);
  for (const { from, datagram } of passed) if (from === lightAddress) forger.send(serverAddress, datagram);
  await pass(2_000);
  expect(heard).toHaveLength(1);
  expect(events).toHaveLength(before);
});

test("a datagram full of hellos is answered once: nobody's one datagram becomes many for whom its address was forged from", async () => {
  const { network, pass, server, say, answers } = await connected();
  const forger = network.bind(stranger);
  let back = 0;
  forger.onDatagram(() => back++);
  const asked = server.counters.cookiesAsked;
  const many = Array.from({ length: 20 }, (_, at) => hello(new Uint8Array(32).fill(at)));
  forger.send(serverAddress, Buffer.concat(many));
  await pass(500);
  expect(server.counters.cookiesAsked - asked).toBe(1);
  expect(back).toBe(1);
  say("two");
  await pass(500);
  expect(answers).toEqual(["one", "two"]);
});

test("a hello with the cookie of another address is only asked for a cookie", async () => {
  const { network, pass, passed, server } = await connected();
  const hellos = passed.filter(
    ({ from, datagram }) => from === lightAddress && datagram[13] === handshakeType.clientHello,
  );
  expect(hellos).toHaveLength(2);
  const begun = server.counters.handshakesBegun;
  network.bind(stranger).send(serverAddress, hellos[1]!.datagram);
  await pass(500);
  expect(server.counters.handshakesBegun).toBe(begun);
});

test("a cookie is good for a while after its secret was changed, and not for ever", async () => {
  const { network, pass, passed, server, clock } = await connected();
  const second = passed.filter(
    ({ from, datagram }) => from === lightAddress && datagram[13] === handshakeType.clientHello,
  )[1]!;
  network.unbind(lightAddress);
  const again = network.bind(lightAddress);
  const asked = () => server.counters.cookiesAsked;
  const before = asked();
  clock.advance(milliseconds(150_000));
  again.send(serverAddress, second.datagram);
  await pass(100);
  expect(asked()).toBe(before);
  clock.advance(milliseconds(300_000));
  again.send(serverAddress, second.datagram);
  await pass(100);
  expect(asked()).toBe(before + 1);
});

test("one who asks for renegotiation is told no, and stays connected", async () => {
  const { client, pass, network, server } = await connected();
  const sealed: Uint8Array[] = [];
  network.watch(({ from, datagram }) => from === serverAddress && sealed.push(datagram));
  // The light's own keys, in other hands than its client's: a hello inside the connection.
  const inside = new Connection(client.established!, "client", { writeSequence: 100, window: nothingSeen });
  network.unbind(lightAddress);
  network.bind(lightAddress).send(serverAddress, inside.seal(contentType.handshake, hello().subarray(13))!);
  await pass(200);
  expect(sealed).toHaveLength(1);
  expect(server.connections).toBe(1);
  expect(server.counters.handshakesBegun).toBe(1);
});

test("a flood of hellos from forged addresses keeps nothing and sends less than it got", async () => {
  const { network, pass, server, say, answers } = await connected();
  const random = seededBytes(5);
  let sent = 0;
  let answered = 0;
  network.watch(({ from, datagram }) => {
    if (from === serverAddress) answered += datagram.length;
    else sent += datagram.length;
  });
  const ports = Array.from({ length: 200 }, (_, index) => network.bind(`198.51.100.${index}:${index}`));
  for (let round = 0; round < 50; round++) {
    for (const port of ports) port.send(serverAddress, hello(random(32)));
  }
  await pass(500);
  expect(server.counters).toMatchObject({ handshakesBegun: 1, cookiesAsked: 10_001 });
  expect(answered).toBeLessThan(sent);
  say("two");
  await pass(500);
  expect(answers).toEqual(["one", "two"]);
});

test("handshakes that are begun and left have a bound, and go by themselves", async () => {
  const { light, network, pass, server, events } = world({ server: { limits: { handshakesMax: 20 } } });
  for (let index = 0; index < 50; index++) {
    const at = `10.0.1.${index}:1`;
    light(`light-${index}`, { at, key: new Uint8Array(16) }).say("x");
    await pass(60);
    network.partition(at);
  }
  expect(server.counters).toMatchObject({ handshakesBegun: 50, evicted: 30 });
  await pass(300_000);
  expect(server.connections).toBe(0);
  expect(events).toHaveLength(20);
  expect(events.every((event) => event.kind === "refused" && event.why === "timeout")).toBe(true);
});

test("connections have a bound: the one heard from longest ago goes", async () => {
  const { light, pass, server, events, clock } = world({ server: { limits: { connectionsMax: 3 } } });
  const lights = [1, 2, 3].map((index) => light(`light-${index}`, { at: `10.0.2.${index}:1` }));
  for (const { say } of lights) {
    say("hello");
    await pass(300);
  }
  clock.advance(milliseconds(120_000));
  lights[0]!.say("still here");
  await pass(300);
  light("light-4", { at: "10.0.2.4:1" }).say("hello");
  await pass(300);
  expect(server.connections).toBe(3);
  expect(events.filter(({ kind }) => kind === "gone")).toMatchObject([{ why: "evicted" }]);
  lights[0]!.say("and still");
  await pass(300);
  expect(lights[0]!.answers).toEqual(["hello", "still here", "and still"]);
});

test("a light that sleeps behind a NAT keeps its connection when its port is given to another light", async () => {
  const { light, network, pass, server, heard } = world();
  const sleeper = light("light-1", { at: lightAddress, connectionId: new Uint8Array(0) });
  sleeper.say("good night");
  await pass(300);
  network.unbind(lightAddress);
  light("light-2", { at: lightAddress, connectionId: new Uint8Array(0) }).say("hello");
  await pass(300);
  expect(server.connections).toBe(2);
  const inside = new Connection(sleeper.client.established!, "client", { writeSequence: 100, window: nothingSeen });
  network.bind(stranger).send(serverAddress, inside.seal(contentType.applicationData, text("good morning"))!);
  await pass(300);
  expect(heard.map(({ words }) => words)).toEqual(["good night", "hello", "good morning"]);
  expect(heard[2]?.from).toBe(heard[0]?.from);
});

test("a key that was taken away ends its connection and is not resumed", async () => {
  let isKnown = true;
  const key = text("0123456789abcdef");
  const it = world({ server: { keyOf: () => (isKnown ? key : undefined) } });
  const lamp = it.light("light-1", { at: lightAddress });
  lamp.say("one");
  await it.pass(500);
  isKnown = false;
  it.server.forgetIdentity(text("light-1"));
  await it.pass(200);
  expect(it.server.connections).toBe(0);
  lamp.say("two");
  await it.pass(3_000);
  expect(lamp.answers).toEqual(["one"]);
  expect(it.events.at(-1)).toMatchObject({ kind: "refused", why: "unknown-identity" });
});

test("a session is not resumed by one who does not know its secret", async () => {
  const { client, clock, pass, heard, events, network } = await connected();
  const former = client.established!;
  const port = network.bind(stranger);
  const thief = new HandshakeRun({
    machine: new ClientHandshake({
      suites: cipherSuites,
      preShared: { identity: text("light-1"), key: new Uint8Array(16) },
      randomBytes: seededBytes(6),
      connectionId: undefined,
      resume: { sessionId: former.sessionId, session: { ...former, master: new Uint8Array(48) } },
    }),
    side: "client",
    clock,
    firstSequence: 0,
    firstRecordSequence: 0,
    send: (datagram) => port.send(serverAddress, datagram),
    onEstablished: () => expect.unreachable(),
    onContent: () => expect.unreachable(),
    onFailed: () => {},
  });
  port.onDatagram((_, datagram) => {
    for (const record of decodeRecords(datagram, 0)) thief.take(record);
  });
  thief.begin();
  await pass(200_000);
  expect(heard).toHaveLength(1);
  expect(events.filter(({ kind }) => kind === "connected")).toHaveLength(1);
});

test("whatever bytes come, from anywhere, nothing is thrown and the live connection goes on", async () => {
  const { network, pass, passed, say, answers } = await connected({ conditions: calm });
  const forger = network.bind(stranger);
  const random = seeded(17);
  const sample = passed.map(({ datagram }) => datagram);
  const mutated = fc
    .tuple(fc.constantFrom(...sample), fc.array(fc.tuple(fc.nat(1_200), fc.nat(255)), { maxLength: 6 }), fc.nat(1_200))
    .map(([datagram, changes, length]) => {
      const copy = datagram.slice(0, Math.max(1, length % (datagram.length + 1)));
      for (const [at, value] of changes) copy[at % copy.length] = value;
      return copy;
    });
  const inputs = fc.sample(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), { numRuns: 20_000, seed: 4 });
  for (const input of inputs) {
    forger.send(serverAddress, input);
    if (random.next() < 0.02) await pass(10);
  }
  await pass(1_000);
  say("two");
  await pass(500);
  expect(answers).toEqual(["one", "two"]);
});
