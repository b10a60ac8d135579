import { milliseconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { alertDescription, encodeAlert } from "../src/alert.ts";
import { cipherSuites } from "../src/cipher-suite.ts";
import { Connection } from "../src/connection.ts";
import { contentType } from "../src/record.ts";
import { nothingSeen } from "../src/replay-window.ts";
import { calm, serverAddress, text, world } from "./world.ts";

for (const suite of cipherSuites) {
  test(`a light connects by ${suite.name}, and what it says arrives as it was said`, async () => {
    const { light, pass, heard, events, server } = world();
    const { client, answers, say } = light("light-1", { suites: [suite] });
    say("hello");
    await pass(1_000);
    expect(answers).toEqual(["hello"]);
    expect(client.established?.suite).toEqual(suite);
    expect(heard).toMatchObject([{ words: "hello" }]);
    const [{ from } = { from: "" }] = heard;
    expect(server.peerOf(from)).toMatchObject({ identity: text("light-1"), suite, hasConnectionId: false });
    expect(events).toEqual([{ kind: "connected", peer: from, isResumed: false }]);
  });
}

test("connection ids are used both ways when both want them", async () => {
  const { light, pass, server, heard, network } = world();
  const types = new Set<number>();
  network.watch(({ datagram }) => types.add(datagram[0]!));
  const { answers, say } = light("light-1", { connectionId: Uint8Array.of(10, 11, 12) });
  say("one");
  await pass(500);
  types.clear();
  say("two");
  await pass(500);
  expect(answers).toEqual(["one", "two"]);
  expect([...types]).toEqual([25]);
  expect(server.peerOf(heard[0]!.from)?.hasConnectionId).toBe(true);
});

test("in bad weather the handshake ends all the same, whatever is lost, doubled or overtaken", async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const conditions = { loss: 0.2, duplication: 0.1, delayMax: milliseconds(400) };
    const { light, pass, server } = world({ seed, conditions });
    const { client, say } = light("light-1", seed % 2 === 0 ? { connectionId: new Uint8Array(0) } : {});
    say("hello");
    for (let seconds = 0; seconds < 120 && !(client.isConnected && server.connections === 1); seconds++)
      await pass(1_000);
    expect({ seed, client: client.isConnected, server: server.connections }).toEqual({ seed, client: true, server: 1 });
  }
});

test("a light that comes back resumes its session without another key exchange", async () => {
  const { light, pass, events, heard } = world();
  const { client, answers, say } = light("light-1");
  say("before");
  await pass(500);
  client.disconnect({ keepSession: true });
  say("after");
  await pass(500);
  expect(answers).toEqual(["before", "after"]);
  expect(client.established?.isResumed).toBe(true);
  expect(heard[1]?.from).not.toBe(heard[0]?.from);
  expect(events.map(({ kind }) => kind)).toEqual(["connected", "gone", "connected"]);
});

test("who says good-bye is answered in kind, forgotten, and welcome with the same session (RFC 5246 §7.2.1)", async () => {
  const { light, pass, events, server, network } = world();
  const { client, answers, say } = light("light-1");
  say("before");
  await pass(500);
  const back: number[] = [];
  network.watch(({ from, datagram }) => from === serverAddress && back.push(datagram[0]!));
  client.disconnect({ sayGoodbye: true, keepSession: true });
  await pass(500);
  expect(back).toEqual([contentType.alert]);
  expect([server.connections, server.counters.closedByPeer]).toEqual([0, 1]);
  expect(events.at(-1)).toMatchObject({ kind: "gone", why: "closed" });
  say("after");
  await pass(500);
  expect(answers).toEqual(["before", "after"]);
  expect(client.established?.isResumed).toBe(true);
});

test("who ends with an error is forgotten, its session too (RFC 5246 §7.2.2)", async () => {
  const { light, pass, events, server, network } = world();
  const { client, say } = light("light-1", { connectionId: new Uint8Array(0) });
  say("before");
  await pass(500);
  const own = new Connection(client.established!, "client", { writeSequence: 100, window: nothingSeen });
  const warning = encodeAlert({ level: "warning", description: alertDescription.noRenegotiation });
  const error = encodeAlert({ level: "fatal", description: alertDescription.internalError });
  const port = network.bind("10.0.0.2:1");
  port.send(serverAddress, own.seal(contentType.alert, warning)!);
  await pass(100);
  expect(server.connections).toBe(1);
  port.send(serverAddress, own.seal(contentType.alert, error)!);
  await pass(100);
  expect([server.connections, server.counters.closedByPeer]).toEqual([0, 1]);
  expect(events.at(-1)).toMatchObject({ kind: "gone", why: "closed" });
  client.disconnect({ keepSession: true });
  say("after");
  await pass(500);
  expect(client.established?.isResumed).toBe(false);
});

test("an unknown identity is refused and named, and nothing is kept of it", async () => {
  const { light, pass, events, server } = world();
  const { client, say } = light("stranger");
  say("let me in");
  await pass(2_000);
  expect(client.isConnected).toBe(false);
  expect(server.connections).toBe(0);
  expect(events).toMatchObject([{ kind: "refused", why: "unknown-identity", identity: text("stranger") }]);
});

test("a wrong key is refused and its identity named, without an answer that tells so", async () => {
  const { light, pass, events, server } = world();
  const { client, say } = light("light-1", { key: new Uint8Array(16) });
  say("let me in");
  await pass(120_000);
  expect(client.isConnected).toBe(false);
  expect(server.connections).toBe(0);
  expect(events[0]).toMatchObject({ kind: "refused", why: "wrong-key", identity: text("light-1") });
});

test("a light whose address changes goes on by its connection id, with the next record", async () => {
  const { light, pass, events, heard, network, server } = world();
  const first = light("light-1", { connectionId: new Uint8Array(0), at: "10.0.0.1:1000" });
  first.say("from home");
  await pass(500);
  const { connectionIds } = first.client.established!;
  expect(connectionIds?.ours.length).toBe(0);
  // The NAT gives it another port: what leaves 10.0.0.1:1000 arrives as from 10.0.0.1:2000, and answers find back.
  const moved = network.bind("10.0.0.1:2000");
  const sent: Uint8Array[] = [];
  network.watch(({ from, datagram }) => from === "10.0.0.1:1000" && sent.push(datagram));
  network.partition("10.0.0.1:1000");
  const back: Uint8Array[] = [];
  moved.onDatagram((_, datagram) => back.push(datagram));
  first.say("from elsewhere");
  for (const datagram of sent) moved.send("192.0.2.1:5684", datagram);
  await pass(500);
  expect(heard.map(({ words }) => words)).toEqual(["from home", "from elsewhere"]);
  expect(heard[1]?.from).toBe(heard[0]?.from);
  expect(server.peerOf(heard[0]!.from)?.udpAddress).toBe("10.0.0.1:2000");
  expect(back.length).toBe(1);
  expect(events.at(-1)).toMatchObject({ kind: "moved", from: "10.0.0.1:1000" });
});

test("a replayed record is not heard twice, nor does it move the connection", async () => {
  const { light, pass, heard, network, server } = world({ conditions: calm });
  const sent: Uint8Array[] = [];
  network.watch(({ from, datagram }) => from === "10.0.0.1:1000" && sent.push(datagram.slice()));
  const { say } = light("light-1", { connectionId: new Uint8Array(0), at: "10.0.0.1:1000" });
  say("once");
  await pass(500);
  const attacker = network.bind("203.0.113.9:9");
  for (const datagram of sent) attacker.send("192.0.2.1:5684", datagram);
  await pass(500);
  expect(heard.map(({ words }) => words)).toEqual(["once"]);
  expect(server.peerOf(heard[0]!.from)?.udpAddress).toBe("10.0.0.1:1000");
});

test("a new handshake at the address of a live connection leaves it alone until it has ended well", async () => {
  const { light, pass, heard, events, network, server } = world();
  const good = light("light-1", { at: "10.0.0.1:1000" });
  good.say("one");
  await pass(500);
  // Somebody at the same address, as behind one NAT, who has not the key; the light cannot be told apart from it by address.
  network.unbind("10.0.0.1:1000");
  const bad = light("light-1", { at: "10.0.0.1:1000", key: new Uint8Array(16) });
  bad.say("me too");
  await pass(30_000);
  expect(events.at(-1)).toMatchObject({ kind: "refused", why: "wrong-key" });
  expect(server.connections).toBe(1);
  server.send(heard[0]!.from, text("still there?"));
  expect(network.traffic.sent).toBeGreaterThan(0);
  expect(heard.map(({ words }) => words)).toEqual(["one"]);
  network.unbind("10.0.0.1:1000");
  const reborn = light("light-1", { at: "10.0.0.1:1000" });
  reborn.say("three");
  await pass(500);
  expect(reborn.answers).toEqual(["three"]);
  expect(events.map(({ kind }) => kind)).toEqual(["connected", "refused", "gone", "connected"]);
});

test("the first datagram of a stranger is answered with less than it sent, and nothing is kept", async () => {
  const { pass, network, server } = world();
  const sizes: Record<string, number[]> = {};
  network.watch(({ from, datagram }) => {
    sizes[from] ??= [];
    sizes[from].push(datagram.length);
  });
  const hello = await firstHello();
  for (let port = 1; port <= 500; port++) network.bind(`203.0.113.1:${port}`).send(serverAddress, hello);
  await pass(1_000);
  expect(server.counters).toMatchObject({ cookiesAsked: 500, handshakesBegun: 0 });
  expect(sizes[serverAddress]).toHaveLength(500);
  expect(Math.max(...sizes[serverAddress]!)).toBeLessThan(hello.length);
});

/** What a client sends first. */
async function firstHello(): Promise<Uint8Array> {
  const { light, network, pass } = world({ seed: 99 });
  let first: Uint8Array | undefined;
  network.watch(({ datagram }) => (first ??= datagram.slice()));
  light("light-1").say("x");
  await pass(10);
  return first!;
}
