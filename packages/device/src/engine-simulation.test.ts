import { POST } from "@lamplighter/coap/code";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { MemoryRegistrationStore } from "@lamplighter/lwm2m/memory-registration-store";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { singleValue } from "@lamplighter/lwm2m/node";
import { MemoryQueuedRequestStore } from "@lamplighter/lwm2m/queue/memory-queued-request-store";
import { Lwm2mServer, type ServerEvent } from "@lamplighter/lwm2m/server";
import { integer } from "@lamplighter/lwm2m/value";
import { type Duration, milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import { expect, test } from "vitest";
import { mortal } from "./testing/mortal.ts";
import { identity } from "./testing/world.ts";
import { VirtualLight } from "./virtual-light.ts";

/**
 * 2,000 small fleets, each drawn by a seed, live through loss, duplication, reordering, power cuts, reboots, sleep and
 * restarts of the server, while they are read, written, observed and told to reboot. Held to, in every one of them:
 *
 *  1. every operation asked of a server that lives on ends, exactly once;
 *  2. what a read says, and what a light notifies, is what the light was at some time: its first level or one asked for;
 *  3. a light burns at a level that somebody asked for, and never at two for one request;
 *  4. an Execute is one request: it goes out again only as the same one, under its token, and nobody reboots untold (a light
 *     that restarts forgets what it heard, so a late copy of a datagram may reach it twice: RFC 7252 §4.2 cannot tell);
 *  5. once the weather is fair, exactly the lights that are switched on are registered, each from its own address;
 *  6. what a server wants to observe of a light it holds as one observation, however often it was asked for, and the light
 *     tells it its next change within seconds;
 *  7. a lost server leaves nothing behind: the next one knows every light that had not gone meanwhile;
 *  8. when all is quiet nothing is under way or queued at the endpoint;
 *  9. nothing is thrown, and the same seed gives the same story.
 */
const seeds = 2_000;
const fleetSize = 4;
const stepsEach = 24;
const levelPath = "/3416/0/1";
const rebootPath = "/3/0/4";
const serverAddress = "server:5683";
const fair = { loss: 0, duplication: 0, delayMax: milliseconds(20) };

/** Lets every promise that can go on go on: a chain of a few, and a store that answers in the next turn. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

async function fleet(seed: number) {
  const clock = new FakeClock();
  const dice = seeded(seed);
  const pick = (count: number) => Math.floor(dice.next() * count);
  const network = fakeNetwork(clock, seeded(seed + 1_000_000), {
    loss: dice.next() * 0.15,
    duplication: dice.next() * 0.15,
    delayMax: milliseconds(dice.next() * 900),
  });
  const store = new MemoryRegistrationStore();
  const queueStore = new MemoryQueuedRequestStore();
  const models = knownObjects();
  const story: string[] = [];
  const untrue: string[] = [];
  const heard = new Map<string, bigint>();
  const levels = new Map<string, Set<bigint>>();
  const told = new Map<string, number>();
  /** Tokens of the Executes that went out, and how many datagrams carried them, by the light's address. */
  const executes = new Map<string, { tokens: Set<string>; datagrams: number }>();
  network.watch(({ from, to, datagram }) => {
    if (from !== serverAddress || datagram[1] !== POST) return;
    const sent = executes.get(to) ?? { tokens: new Set(), datagrams: 0 };
    sent.tokens.add(Buffer.from(datagram.subarray(4, 4 + (datagram[0]! & 15))).toString("hex"));
    sent.datagrams++;
    executes.set(to, sent);
  });
  let generation = 0;
  let underWay = 0;
  let server = await bringUp();

  async function bringUp() {
    const mine = ++generation;
    underWay = 0;
    const life = mortal(clock, network.bind(serverAddress));
    const endpoint = new CoapEndpoint({ ...life, random: seeded(seed * 7 + mine) });
    const engine = new Lwm2mServer({
      endpoint,
      clock: life.clock,
      random: seeded(seed * 11 + mine),
      store,
      queueStore,
      enrol: () => "accept",
      models,
      onEvent: (event) => mine === generation && hear(event),
    });
    await engine.start();
    return { endpoint, engine, life };
  }

  function hear(event: ServerEvent): void {
    story.push(event.kind);
    if (event.kind !== "value" || event.path !== levelPath) return;
    const value = BigInt(String(singleValue(event.node)?.value));
    if (!levels.get(event.endpoint)?.has(value)) untrue.push(`${event.source} of ${event.endpoint}: ${value}`);
    heard.set(event.endpoint, value);
  }

  const addressOf = (index: number) => `10.0.0.${index}:5683`;
  const lights = Array.from({ length: fleetSize }, (_, index) => {
    const light = new VirtualLight({
      port: network.bind(addressOf(index)),
      clock,
      random: seeded(seed * 1_000 + index),
      identity: { ...identity, endpoint: `light-${index}` },
      server: serverAddress,
      lifetime: seconds(120),
      // The last one sleeps between its Updates.
      ...(index === fleetSize - 1 && { sleep: { listensFor: seconds(20), wakesEvery: seconds(50) } }),
    });
    light.start();
    levels.set(light.identity.endpoint, new Set([BigInt(light.level)]));
    told.set(light.identity.endpoint, 0);
    return light;
  });

  async function pass(span: Duration): Promise<void> {
    for (let passed = 0; passed < span; passed += 500) {
      clock.advance(milliseconds(500));
      await settle();
    }
  }

  /** Asks, and sees that one answer comes, however it went. A server that is killed owes none. */
  function ask(word: string, operation: Promise<{ readonly kind: string }>): void {
    const mine = generation;
    underWay++;
    void operation.then(({ kind }) => {
      if (mine !== generation) return;
      underWay--;
      story.push(`${word} ${kind}`);
    });
  }

  async function step(): Promise<void> {
    const light = lights[pick(fleetSize)];
    if (!light) return;
    const { endpoint: name } = light.identity;
    const { engine } = server;
    switch (pick(11)) {
      case 0:
      case 1:
        return write(name, BigInt(pick(100)));
      case 2:
      case 3:
        return ask("read", engine.read(name, levelPath));
      case 4:
        return ask("observe", engine.observe(name, levelPath));
      case 5:
        return ask("discover", engine.discover(name, "/3"));
      case 6:
        return ask("composite", engine.readComposite(name, [levelPath, "/3/0/0"]));
      case 7:
        told.set(name, (told.get(name) ?? 0) + 1);
        return ask("execute", engine.execute(name, rebootPath));
      case 8:
        light.cutPower();
        clock.after(seconds(1 + pick(20)), () => light.start());
        return;
      case 9:
        return light.send([levelPath]);
      case 10:
        return restart();
    }
  }

  function write(name: string, level: bigint): void {
    levels.get(name)?.add(level);
    ask("write", server.engine.write(name, levelPath, integer(level)));
  }

  /** As by kill -9, and started again after a moment. */
  async function restart(): Promise<void> {
    generation++;
    server.life.kill();
    network.unbind(serverAddress);
    await pass(seconds(pick(10)));
    server = await bringUp();
    story.push("restart");
  }

  return {
    network,
    lights,
    pass,
    step,
    write,
    pick,
    ask,
    story,
    untrue,
    heard,
    levels,
    told,
    executes,
    addressOf,
    server: () => server,
    underWay: () => underWay,
  };
}

async function live(seed: number): Promise<readonly string[]> {
  const world = await fleet(seed);
  const { lights, pass, story, heard } = world;
  await pass(seconds(10));
  for (let taken = 0; taken < stepsEach; taken++) {
    await world.step();
    await pass(milliseconds(world.pick(9) * 1_000));
  }
  world.network.setConditions(fair);
  // Beyond each lifetime, retransmission and patience of either side.
  await pass(minutes(6));
  const { engine, endpoint } = world.server();
  expect(world.untrue, `seed ${seed}: what no light ever was`).toEqual([]);
  expect(world.underWay(), `seed ${seed}: operations without an end`).toBe(0);

  const registered = [...engine.registrations()].map((one) => [one.endpoint, one.address] as const).sort();
  expect(registered, `seed ${seed}: who is registered`).toEqual(
    lights.map((light, index) => [light.identity.endpoint, world.addressOf(index)]),
  );
  for (const [index, light] of lights.entries()) {
    const { endpoint: name } = light.identity;
    const { tokens, datagrams } = world.executes.get(world.addressOf(index)) ?? { tokens: new Set(), datagrams: 0 };
    expect(tokens.size, `seed ${seed}: Executes sent to ${name}`).toBeLessThanOrEqual(world.told.get(name) ?? 0);
    expect(light.counters.reboots, `seed ${seed}: reboots of ${name}`).toBeLessThanOrEqual(2 * datagrams);
    expect(world.levels.get(name), `seed ${seed}: the level of ${name}`).toContain(BigInt(light.level));
  }
  await heardNext(world, seed);
  await pass(minutes(3));
  const { exchanges, queued } = endpoint.load;
  expect({ exchanges, queued }, `seed ${seed}: left at the endpoint`).toEqual({ exchanges: 0, queued: 0 });
  return [...story, ...[...heard].map(([name, level]) => `${name} ${level}`)];
}

/**
 * Each light that is awake tells its next change: one that is observed already of its own accord, and any when it is asked
 * to be observed, which makes one observation of it and not two.
 */
async function heardNext({ lights, pass, server, ask, write, heard }: Awaited<ReturnType<typeof fleet>>, seed: number) {
  const observed = (name: string) =>
    server()
      .engine.observedPaths(name)
      ?.filter((path) => path === levelPath) ?? [];
  const change = async (light: VirtualLight, when: string) => {
    const { endpoint: name } = light.identity;
    const level = BigInt(light.level === 50 ? 51 : 50);
    write(name, level);
    await pass(seconds(4));
    expect(heard.get(name), `seed ${seed}: what was heard of ${name} ${when}`).toBe(level);
  };
  for (const light of lights.slice(0, -1)) {
    const { endpoint: name } = light.identity;
    if (observed(name).length > 0) await change(light, "observed before");
    ask("observe", server().engine.observe(name, levelPath));
    await pass(seconds(2));
    expect(observed(name), `seed ${seed}: observations of ${name}`).toEqual([levelPath]);
    await change(light, "observed anew");
  }
}

test(`${seeds} small fleets live through bad weather, power cuts, sleep and restarts as they must`, {
  timeout: 300_000,
}, async () => {
  for (let seed = 1; seed <= seeds; seed++) await live(seed);
});

test("the same seed gives the same story", async () => {
  expect(await live(7)).toEqual(await live(7));
  expect(await live(8)).not.toEqual(await live(7));
});
