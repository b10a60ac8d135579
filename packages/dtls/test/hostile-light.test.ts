import { expect, test } from "vitest";
import { encodeMessage } from "../src/handshake-message.ts";
import { handshakeLimits } from "../src/handshake-run.ts";
import { contentType } from "../src/record.ts";
import { acceptAheadAtFirst } from "../src/reserve.ts";
import { toldWithin } from "../src/session-keeper.ts";
import { lightAddress } from "./attacker.ts";
import { hostileLight } from "./hostile-light.ts";
import { restartingWorld } from "./restarting-world.ts";
import { calm, text, world } from "./world.ts";

/** A light that has what it needs for its last flight, and has not said it. */
async function atTheDoor(options: Parameters<typeof world>[0] = {}) {
  const it = world(options);
  const light = hostileLight({ network: it.network, at: lightAddress });
  light.begin();
  await it.pass(100);
  expect(light.left()).toHaveLength(3);
  const [exchange, change, finished] = light.left();
  if (exchange?.kind !== "message" || finished?.kind !== "message") return expect.unreachable();
  return { ...it, ...light, exchange, change: change!, finished };
}

test("the light that is told apart by nothing but its order comes in when it says all as it should", async () => {
  const { finish, pass, server } = await atTheDoor();
  finish();
  await pass(100);
  expect(server.connections).toBe(1);
});

test("a protected record that came before its keys and is no handshake message is dropped, and nothing is thrown", async () => {
  const { send, sealed, inClear, exchange, finished, pass, server } = await atTheDoor();
  send(sealed(contentType.handshake, Uint8Array.of(20, 0, 0)));
  await pass(50);
  send(inClear(exchange));
  await pass(50);
  expect(server.counters.malformed).toBe(1);
  send(sealed(contentType.handshake, encodeMessage(finished.message)));
  await pass(50);
  expect(server.connections).toBe(1);
});

test("what waited for the store and cannot be read is counted when it is its turn, and nothing is thrown", async () => {
  const it = restartingWorld({ seed: 7, conditions: calm });
  const light = hostileLight({ network: it.network, at: lightAddress });
  light.begin();
  await it.pass(100);
  light.finish();
  await it.pass(300);
  const { server, keeper } = it.running();
  expect(server.connections).toBe(1);
  const count = acceptAheadAtFirst + 6;
  for (let sent = 0; sent < count; sent++) light.send(light.sealed(contentType.alert, Uint8Array.of(1, 2, 3)));
  await it.pass(500);
  expect(keeper.counters.held).toBeGreaterThan(0);
  expect(server.counters.malformed).toBe(count);
  light.send(light.sealed(contentType.applicationData, text("and still here")));
  await it.pass(300);
  expect(it.heard.get("and still here")).toBe(1);
});

test("data that overtook Finished is heard after it, and not before; so many records and no longer ones wait", async () => {
  const { send, sealed, inClear, exchange, finished, pass, heard, server } = await atTheDoor();
  const { earlyRecordsMax, earlyBytesMax } = handshakeLimits;
  send(inClear(exchange));
  const last = sealed(contentType.handshake, encodeMessage(finished.message));
  await pass(50);
  send(sealed(contentType.applicationData, new Uint8Array(earlyBytesMax + 1)));
  await pass(50);
  for (let more = 0; more <= earlyRecordsMax; more++) send(sealed(contentType.applicationData, text(`${more}`)));
  await pass(50);
  expect(heard).toEqual([]);
  send(last);
  await pass(50);
  expect(server.connections).toBe(1);
  expect(heard).toHaveLength(earlyRecordsMax);
  expect(heard.every(({ words }) => words.length === 1)).toBe(true);
});

test("of records that came before their keys four are kept, and none that is longer than any of a handshake", async () => {
  const { send, sealed, inClear, exchange, finished, pass, server } = await atTheDoor();
  const { earlyRecordsMax, earlyBytesMax } = handshakeLimits;
  const last = sealed(contentType.handshake, encodeMessage(finished.message));
  send(last);
  await pass(50);
  // None of these takes the place of what is there.
  for (let more = 0; more < earlyRecordsMax; more++) {
    send(sealed(contentType.applicationData, new Uint8Array(earlyBytesMax)));
    await pass(20);
  }
  // And of these the last.
  for (let more = 0; more < earlyRecordsMax - 1; more++) {
    send(sealed(contentType.applicationData, text("short")));
    await pass(20);
  }
  send(inClear(exchange));
  await pass(50);
  expect(server.connections).toBe(1);
});

test("of more records that came before their keys the oldest go", async () => {
  const { send, sealed, inClear, exchange, finished, pass, server } = await atTheDoor();
  send(sealed(contentType.handshake, encodeMessage(finished.message)));
  await pass(20);
  for (let more = 0; more < handshakeLimits.earlyRecordsMax; more++) {
    send(sealed(contentType.applicationData, text("short")));
    await pass(20);
  }
  send(inClear(exchange));
  await pass(50);
  expect(server.connections).toBe(0);
  // It sends again what was not heard.
  send(sealed(contentType.handshake, encodeMessage(finished.message)));
  await pass(50);
  expect(server.connections).toBe(1);
});

test("a handshake that was begun with a key that is taken away meanwhile does not end well", async () => {
  const { send, sealed, inClear, exchange, finished, pass, server, events } = await atTheDoor();
  send(inClear(exchange));
  await pass(50);
  server.forgetIdentity(text("light-2"));
  server.forgetIdentity(text("light-1"));
  send(sealed(contentType.handshake, encodeMessage(finished.message)));
  await pass(100);
  expect(server.connections).toBe(0);
  expect(events).toEqual([]);
});

test("who has the key and another Finished than it should be is refused", async () => {
  const { send, sealed, inClear, exchange, finished, pass, server, events } = await atTheDoor();
  send(inClear(exchange));
  const { message } = finished;
  const body = message.body.with(11, message.body[11]! ^ 1);
  send(sealed(contentType.handshake, encodeMessage({ ...message, body })));
  await pass(100);
  expect(server.connections).toBe(0);
  expect(events).toMatchObject([{ kind: "refused", why: "wrong-finished" }]);
});

test("a key exchange that comes protected, as if there had been one before, is refused", async () => {
  const { send, sealed, exchange, pass, events, inClear } = await atTheDoor();
  // Kept until there are keys, and then of a message that is past.
  send(sealed(contentType.handshake, encodeMessage(exchange.message)));
  await pass(50);
  expect(events).toEqual([]);
  send(inClear(exchange));
  await pass(50);
  const again = { ...exchange.message, sequence: exchange.message.sequence + 1 };
  send(sealed(contentType.handshake, encodeMessage(again)));
  await pass(50);
  expect(events).toMatchObject([{ kind: "refused", why: "unexpected-message" }]);
});

test("while the store hangs, lights come in all the same, each a little later", async () => {
  const it = restartingWorld({ seed: 8, conditions: calm, savingMax: 1_000_000 });
  const lights = ["light-1", "light-2"].map((name) => it.light(name));
  for (const light of lights) {
    light.say();
    await it.pass(500);
    expect(light.client.isConnected).toBe(false);
    await it.pass(toldWithin);
    expect(light.client.isConnected).toBe(true);
  }
  await it.pass(500);
  expect(lights.map(({ answers }) => answers.length)).toEqual([1, 1]);
});

test("a light that is gone before its connection was stored is not told of it", async () => {
  const it = restartingWorld({ seed: 8, conditions: calm, savingMax: 1_000_000 });
  const light = it.light("light-1");
  light.say();
  await it.pass(500);
  const { server } = it.running();
  expect(server.connections).toBe(1);
  server.forgetIdentity(text("light-1"));
  const sent = it.network.traffic.sent;
  light.client.disconnect();
  await it.pass(toldWithin * 2);
  expect(it.network.traffic.sent).toBe(sent);
  expect(light.client.isConnected).toBe(false);
});

test("a server that has stopped answers nobody", async () => {
  const it = world();
  it.server.stop();
  it.light("light-1", { at: lightAddress }).say("anybody there?");
  await it.pass(500);
  expect(it.server.counters).toMatchObject({ cookiesAsked: 0, handshakesBegun: 0 });
});

test("a record that waits for the store waits once, however often it comes", async () => {
  const it = restartingWorld({ seed: 7, conditions: calm, savingMax: 1_000_000 });
  const light = hostileLight({ network: it.network, at: lightAddress });
  light.begin();
  await it.pass(100);
  light.finish();
  await it.pass(200);
  for (let sent = 0; sent < acceptAheadAtFirst; sent++)
    light.send(light.sealed(contentType.applicationData, text("x")));
  await it.pass(100);
  const { keeper } = it.running();
  const { held } = keeper.counters;
  const record = light.sealed(contentType.applicationData, text("once"));
  for (let again = 0; again < 5; again++) {
    light.send(record);
    await it.pass(20);
  }
  expect(keeper.counters.held).toBe(held + 1);
});
