import { milliseconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { sendAhead } from "../src/reserve.ts";
import { heldPerConnectionMax } from "../src/session-keeper.ts";
import { restartingWorld } from "./restarting-world.ts";
import { calm, keyOfLight } from "./world.ts";

const seeds = 60;
const lightsEach = 5;

test(`in ${seeds} worlds of bad weather, kills and a failing store no number is sent twice, nothing is heard twice, and no light makes a new connection`, async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const conditions = {
      ...{ loss: 0.05, duplication: 0.1, delayMax: milliseconds(60) },
      stragglers: { share: 0.1, delayMax: milliseconds(20_000) },
    };
    const world = restartingWorld({ seed, conditions, failing: 0.1, savingMax: 120 });
    const lights = Array.from({ length: lightsEach }, (_, index) => world.light(`light-${index}`));
    for (const light of lights) light.say();
    await world.pass(20_000);
    for (const { client } of lights) expect(client.handshakes, `seed ${seed}`).toBe(1);
    for (let life = 0; life < 5; life++) {
      for (let talk = 0; talk < 60; talk++) {
        // Some talk all the time, some hardly ever.
        const speaker = Math.floor(world.dice.next() ** 2 * lightsEach);
        lights[speaker]?.say();
        await world.pass(Math.ceil(world.dice.next() ** 3 * 300));
      }
      world.restart();
      world.replay(60);
    }
    await world.pass(5_000);
    for (const light of lights) {
      // What the kill made doubtful is refused; after so much, every light is understood again.
      for (let tries = 0; tries < 80; tries++) {
        light.say();
        await world.pass(100);
      }
      light.answers.length = 0;
      for (let tries = 0; tries < 5; tries++) light.say();
      // A save that fails is tried again after a second, and may fail again.
      await world.pass(8_000);
      expect(light.answers.length, `seed ${seed}, ${light.name}`).toBeGreaterThan(0);
      expect(light.client.handshakes, `seed ${seed}, ${light.name}`).toBe(1);
      const numbers = world.sent.get(light.address) ?? [];
      expect(new Set(numbers).size, `seed ${seed}: a number left twice to ${light.name}`).toBe(numbers.length);
    }
    for (const [words, times] of world.heard) expect(times, `seed ${seed}: "${words}" was heard twice`).toBe(1);
  }
}, 120_000);

test("who recorded a light's first words has no use of them after a kill, however early it comes", async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const world = restartingWorld({ seed, conditions: calm, savingMax: 200 });
    const light = world.light("light-1");
    const until = 60 + world.dice.next() * 600;
    for (let passed = 0; passed < until; passed += 10) {
      light.say();
      await world.pass(10);
    }
    for (let life = 0; life < 2; life++) {
      world.restart();
      world.replay(100);
      await world.pass(300);
      world.replay(100);
    }
    for (const [words, times] of world.heard) expect(times, `seed ${seed}: "${words}" was heard twice`).toBe(1);
  }
});

test("a light is told of its connection only once that is stored: a kill right before takes away none that a light believes to have", async () => {
  let cut = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const world = restartingWorld({ seed, conditions: calm, savingMax: 200 });
    const light = world.light("light-1");
    light.say();
    await world.pass(world.dice.next() * 400);
    if (light.client.handshakes === 0) cut++;
    world.restart();
    // What became of its first words does not count: the handshake is given up after two minutes, and begun anew.
    await world.pass(light.client.handshakes === 0 ? 170_000 : 1_000);
    for (let tries = 0; tries < 20; tries++) {
      light.say();
      await world.pass(100);
    }
    expect(light.answers.length, `seed ${seed}`).toBeGreaterThan(0);
    expect(light.client.handshakes, `seed ${seed}`).toBe(1);
  }
  expect(cut).toBeGreaterThan(10);
}, 60_000);

test("beyond its reserve the server sends nothing, whatever it has to say", async () => {
  const world = restartingWorld({ seed: 7, conditions: calm, savingMax: 1 });
  const light = world.light("light-1");
  light.say();
  await world.pass(3_000);
  const [row] = world.disk.rows.values();
  const { server } = world.running();
  world.disk.isAway = true;
  for (let said = 0; said < sendAhead + 100; said++) server.send(row!.name, Buffer.from("hello"));
  await world.pass(100);
  expect(Math.max(...(world.sent.get(light.address) ?? []))).toBe(row!.sendBelow - 1);
  world.disk.isAway = false;
  await world.pass(3_000);
  expect(Math.max(...(world.sent.get(light.address) ?? []))).toBeGreaterThan(row!.sendBelow - 1);
});

test("a quiet light loses at most two of its records to a kill", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = restartingWorld({ seed, conditions: calm });
    const light = world.light("light-1");
    for (let said = 0; said < 20; said++) {
      light.say();
      await world.pass(30);
    }
    await world.pass(5_000);
    // A quiet one: an Update now and then.
    for (let said = 0; said < seed % 5; said++) {
      light.say();
      await world.pass(2_000 + seed);
    }
    world.restart();
    light.answers.length = 0;
    for (let said = 0; said < 3; said++) {
      light.say();
      await world.pass(1_000);
    }
    expect(light.answers.length, `seed ${seed}`).toBeGreaterThanOrEqual(1);
    expect(light.client.handshakes).toBe(1);
  }
});

test("a light that talked without end when the server was killed is understood again after some round trips, wherever it is now", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = restartingWorld({
      seed,
      conditions: calm,
      nudge: () => Buffer.from("ping"),
      answers: { ping: true },
    });
    const light = world.light("light-1");
    for (let said = 0; said < 200; said++) {
      light.say();
      await world.pass(5);
    }
    const { server } = world.restart();
    light.answers.length = 0;
    light.say();
    await world.pass(1_500);
    const last = light.say();
    await world.pass(200);
    expect(light.answers.at(-1), `seed ${seed}, ${JSON.stringify(server.counters)}`).toBe(last);
  }
});

test("who replays a doubtful record gets no more than it sent, at the address that it claims", async () => {
  const world = restartingWorld({ seed: 9, conditions: calm, nudge: () => Buffer.from("ping") });
  const light = world.light("light-1");
  for (let said = 0; said < 200; said++) {
    light.say();
    await world.pass(5);
  }
  world.network.unbind(light.address);
  world.restart();
  const before = { ...world.network.traffic };
  const replayed = world.replay(30);
  await world.pass(1_000);
  expect(world.running().server.counters.doubtful).toBeGreaterThan(0);
  expect(world.network.traffic.sent - before.sent).toBeLessThanOrEqual(30);
  expect(world.network.traffic.bytes - before.bytes).toBeLessThanOrEqual(replayed);
});

test("ten kills while a light is silent cost it no more of its records than one", async () => {
  const world = restartingWorld({ seed: 3, conditions: calm });
  const light = world.light("light-1");
  for (let said = 0; said < 5; said++) {
    light.say();
    await world.pass(500);
  }
  await world.pass(5_000);
  for (let kill = 0; kill < 10; kill++) {
    world.restart();
    await world.pass(1_000);
  }
  light.answers.length = 0;
  for (let said = 0; said < 3; said++) {
    light.say();
    await world.pass(1_000);
  }
  expect(light.answers.length).toBeGreaterThan(0);
});

test("after a stop in order not one record is lost", async () => {
  const world = restartingWorld({ seed: 1, conditions: calm });
  const light = world.light("light-1");
  for (let said = 0; said < 20; said++) {
    light.say();
    await world.pass(20);
  }
  const { restored, server } = await world.stopInOrder();
  expect([restored, server.connections]).toEqual([1, 1]);
  light.answers.length = 0;
  const words = light.say();
  await world.pass(200);
  expect(light.answers).toEqual([words]);
});

test("the server may speak first after a restart, at the address where the light was last heard", async () => {
  const world = restartingWorld({ seed: 2, conditions: calm });
  const light = world.light("light-1");
  light.say();
  await world.pass(2_000);
  const [name] = world.disk.rows.keys();
  const { server } = world.restart();
  light.answers.length = 0;
  server.send(name!, Buffer.from("wake up"));
  await world.pass(200);
  expect(light.answers).toEqual(["wake up"]);
  expect(Buffer.from(server.peerOf(name!)?.identity ?? []).toString()).toBe("light-1");
});

test("while the store is away a connection goes on within its reserve, waits beyond it, and goes on when the store is back", async () => {
  const world = restartingWorld({ seed: 3, conditions: calm, savingMax: 1 });
  const light = world.light("light-1");
  light.say();
  await world.pass(3_000);
  const { keeper } = world.running();
  world.disk.isAway = true;
  light.answers.length = 0;
  const said = Array.from({ length: 6 }, () => light.say());
  await world.pass(500);
  expect(light.answers.length).toBeLessThanOrEqual(2);
  expect(keeper.counters.held).toBeGreaterThanOrEqual(4);
  for (let more = 0; more < heldPerConnectionMax; more++) light.say();
  await world.pass(500);
  expect(keeper.counters.dropped).toBeGreaterThan(0);
  world.disk.isAway = false;
  await world.pass(5_000);
  expect(light.answers.length).toBeGreaterThanOrEqual(heldPerConnectionMax);
  expect(light.answers.slice(0, 2)).toEqual(said.slice(0, 2));
});

test("a connection whose key was changed or taken away, or whose box does not open, does not come back", async () => {
  const keys = new Map([1, 2, 3].map((number) => [`light-${number}`, keyOfLight]));
  let boxKey = new Uint8Array(32).fill(9);
  const world = restartingWorld({
    ...{ seed: 4, conditions: calm },
    keyOf: (identity) => keys.get(identity),
    boxKey: () => boxKey,
  });
  for (const name of keys.keys()) world.light(name).say();
  await world.pass(3_000);
  world.goAway();
  keys.delete("light-1");
  keys.set("light-2", new Uint8Array(16).fill(1));
  expect(world.comeBack().restored).toBe(1);
  await world.pass(1_000);
  expect(world.disk.rows.size).toBe(1);
  world.goAway();
  boxKey = new Uint8Array(32).fill(8);
  expect(world.comeBack().restored).toBe(0);
  await world.pass(1_000);
  expect(world.disk.rows.size).toBe(0);
});

test("a box of one row does not open in another's place", async () => {
  const world = restartingWorld({ seed: 5, conditions: calm });
  for (const name of ["light-1", "light-2"]) world.light(name).say();
  await world.pass(3_000);
  world.goAway();
  const [one, other] = [...world.disk.rows.values()];
  world.disk.rows.set(one!.name, { ...one!, sealed: other!.sealed });
  expect(world.comeBack().restored).toBe(1);
});

test("a light that began anew while its old row was read keeps its new connection", async () => {
  const world = restartingWorld({ seed: 6, conditions: calm });
  const light = world.light("light-1");
  light.say();
  await world.pass(3_000);
  const stale = new Map(world.disk.rows);
  light.client.disconnect();
  light.say();
  await world.pass(3_000);
  expect(world.disk.rows.size).toBe(1);
  for (const [name, row] of stale) world.disk.rows.set(name, row);
  const { server } = world.restart();
  expect(server.connections).toBe(1);
  light.answers.length = 0;
  for (let said = 0; said < 4; said++) {
    light.say();
    await world.pass(500);
  }
  expect(light.answers.length).toBeGreaterThan(0);
  expect(light.client.handshakes).toBe(2);
});
