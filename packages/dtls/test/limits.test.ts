import { minutes, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { handshakeType } from "../src/handshake-message.ts";
import { handshakeLimits } from "../src/handshake-run.ts";
import { sweepEvery } from "../src/limits.ts";
import { contentType } from "../src/record.ts";
import { connected, lightAddress, stranger } from "./attacker.ts";
import { hostileLight } from "./hostile-light.ts";
import { restartingWorld } from "./restarting-world.ts";
import { calm, seededBytes, serverAddress, text, world } from "./world.ts";

test("a connection that nothing comes over is forgotten, and one in use is not", async () => {
  const { light, pass, clock, server, events } = world({ server: { limits: { idleMax: minutes(10) } } });
  const [quiet, busy] = ["light-1", "light-2"].map((name, index) => light(name, { at: `10.0.1.${index}:1` }));
  quiet!.say("good night");
  busy!.say("hello");
  await pass(300);
  clock.advance(minutes(9));
  busy!.say("still here");
  await pass(300);
  clock.advance(minutes(2));
  await pass(sweepEvery);
  expect(events.filter(({ kind }) => kind === "gone")).toMatchObject([{ why: "idle" }]);
  expect(server.connections).toBe(1);
  busy!.say("and here");
  await pass(300);
  expect(busy!.answers).toEqual(["hello", "still here", "and here"]);
});

test("however busy it is, a connection ends at its age", async () => {
  const { light, pass, clock, server, events } = world({ server: { limits: { ageMax: minutes(10) } } });
  const { say } = light("light-1");
  for (let minute = 0; minute < 11; minute++) {
    say("busy");
    await pass(300);
    clock.advance(minutes(1));
  }
  expect(server.connections).toBe(0);
  expect(events.at(-1)).toMatchObject({ kind: "gone", why: "aged" });
});

test("who asks for a flight again and again gets it seldom, and so many times and no more", async () => {
  const { network, pass, passed, server } = await connected();
  const hello = passed.findLast(
    ({ from, datagram }) => from === lightAddress && datagram[13] === handshakeType.clientHello,
  )!;
  network.unbind(lightAddress);
  const port = network.bind(lightAddress);
  let answers = 0;
  port.onDatagram(() => answers++);
  for (let asked = 0; asked < 50; asked++) port.send(serverAddress, hello.datagram);
  await pass(handshakeLimits.repeatEvery / 2);
  expect(answers).toBe(1);
  for (let asked = 0; asked < 200; asked++) {
    port.send(serverAddress, hello.datagram);
    await pass(100);
  }
  expect(answers).toBe(handshakeLimits.sendsMax - 1);
  expect(server.counters.handshakesBegun).toBe(1);
});

test("a flight without an answer is sent again after 1 s, then after twice as long each time (RFC 6347 §4.2.4.1)", async () => {
  const { light, network, pass, clock, events } = world();
  const { client } = light("light-1", { at: lightAddress });
  const sentAt: number[] = [];
  network.watch(({ from, datagram }) => {
    if (from !== serverAddress || datagram[13] !== handshakeType.serverHello) return;
    sentAt.push(clock.monotonic());
    network.partition(lightAddress);
  });
  client.connect();
  const waitedInAll = seconds(1 + 2 + 4 + 8 + 16 + 32) + handshakeLimits.timeoutMax;
  await pass(waitedInAll - 1_000);
  expect(events).toEqual([]);
  await pass(2_000);
  const waits = sentAt.slice(1).map((at, index) => at - sentAt[index]!);
  expect(waits).toEqual([1, 2, 4, 8, 16, 32].map(seconds));
  expect(sentAt).toHaveLength(handshakeLimits.sendsMax);
  expect(events).toMatchObject([{ kind: "refused", why: "timeout" }]);
});

test("a handshake that ended is let go of after a while: the same hello begins another then", async () => {
  const { network, pass, passed, server, clock } = await connected({ server: { limits: { lingerFor: seconds(30) } } });
  const hello = passed.findLast(
    ({ from, datagram }) => from === lightAddress && datagram[13] === handshakeType.clientHello,
  )!;
  network.unbind(lightAddress);
  const port = network.bind(lightAddress);
  port.send(serverAddress, hello.datagram);
  await pass(50);
  expect(server.counters.handshakesBegun).toBe(1);
  clock.advance(seconds(61));
  port.send(serverAddress, hello.datagram);
  await pass(50);
  expect(server.counters.handshakesBegun).toBe(2);
  expect(server.connections).toBe(1);
});

/** A light with a connection id, connected and stored, whose keys are in a test's hands. */
async function storedLight(connectionId = new Uint8Array(0)) {
  const it = restartingWorld({
    seed: 9,
    conditions: calm,
    savingMax: 10,
    nudge: () => text("ping"),
    cidBytes: connectionId.length,
  });
  const light = hostileLight({ network: it.network, at: lightAddress }, { connectionId });
  light.begin();
  await it.pass(100);
  light.finish();
  await it.pass(500);
  expect(it.running().server.connections).toBe(1);
  return { ...it, ...light };
}

test("where a light was heard last is stored: after a kill the server finds it there", async () => {
  const it = await storedLight();
  const elsewhere = it.network.bind(stranger);
  const back: Uint8Array[] = [];
  elsewhere.onDatagram((_, datagram) => back.push(datagram));
  elsewhere.send(serverAddress, it.sealed(contentType.applicationData, text("moved")));
  // As long as changes gather, and not until there is another reason to save.
  await it.pass(150);
  const [name] = it.disk.rows.keys();
  const { server } = it.restart();
  expect(server.peerOf(name!)?.udpAddress).toBe(stranger);
});

test("a record in doubt after a kill is answered where it came from, with no more than three times as much", async () => {
  const it = await storedLight();
  it.restart();
  const elsewhere = it.network.bind(stranger);
  const back: Uint8Array[] = [];
  elsewhere.onDatagram((_, datagram) => back.push(datagram));
  const record = it.sealed(contentType.applicationData, text("still there?"));
  elsewhere.send(serverAddress, record);
  await it.pass(100);
  expect(it.running().server.counters.doubtful).toBe(1);
  expect(back).toHaveLength(1);
  expect(back[0]!.length).toBeLessThanOrEqual(3 * record.length);
});

test("a light that has itself called by 255 bytes has no doubtful record answered with many times as much", async () => {
  const it = await storedLight(seededBytes(3)(255));
  it.restart();
  const elsewhere = it.network.bind(stranger);
  const back: Uint8Array[] = [];
  elsewhere.onDatagram((_, datagram) => back.push(datagram));
  elsewhere.send(serverAddress, it.sealed(contentType.applicationData, text("?")));
  await it.pass(100);
  expect(it.running().server.counters.doubtful).toBe(1);
  expect(back).toEqual([]);
});

test("one host that begins handshakes without end keeps no other from ending his", async () => {
  const it = world({ server: { limits: { handshakesMax: 32 } } });
  const honest = hostileLight({ network: it.network, at: lightAddress });
  honest.begin();
  await it.pass(100);
  for (let port = 1; port <= 100; port++) {
    hostileLight({ network: it.network, at: `203.0.113.9:${port}`, name: "light-2" }).begin();
    await it.pass(30);
  }
  expect(it.server.counters.evicted).toBeGreaterThan(0);
  honest.finish();
  await it.pass(100);
  expect(it.events).toMatchObject([{ kind: "connected" }]);
  // And whoever comes now finds room.
  it.light("light-3", { at: "10.0.0.3:3" }).say("hello");
  await it.pass(200);
  expect(it.server.connections).toBe(2);
});
