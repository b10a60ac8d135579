import { POST } from "@lamplighter/coap/code";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { MemoryRegistrationStore } from "@lamplighter/lwm2m/memory-registration-store";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { instance, singleValue } from "@lamplighter/lwm2m/node";
import { MemoryQueuedRequestStore } from "@lamplighter/lwm2m/queue/memory-queued-request-store";
import { Lwm2mServer, type ServerEvent } from "@lamplighter/lwm2m/server";
import { integer } from "@lamplighter/lwm2m/value";
import { type Duration, milliseconds, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import { buildImage } from "../firmware-image.ts";
import { usualSoftware } from "../light-software.ts";
import { VirtualLight } from "../virtual-light.ts";
import { mortal } from "./mortal.ts";
import { type MovingPort, movingPort } from "./moving-port.ts";
import { identity } from "./world.ts";

export const levelPath = "/3416/0/1";
const rebootPath = "/3/0/4";
const serverAddress = "server:5683";
const fleetSize = 4;
/** Twelve blocks of 64 bytes. */
const blockSize = 64;
const versions = ["2.0.0", "2.0.1", "2.0.2"] as const;
const imageBytes = 12 * blockSize - 8;
const images = versions.map((version, seed) => buildImage({ version, bytes: imageBytes, seed }));
const models = knownObjects();

/** A light of the fleet, and what may be true of it: all that it was ever asked to be. */
export interface SimulatedLight {
  readonly light: VirtualLight;
  readonly name: string;
  readonly port: MovingPort;
  readonly levels: Set<bigint>;
  readonly lifetimes: Set<number>;
  readonly versions: Set<string>;
  /** Executes and Creates asked for; tokens under which such went out, and datagrams that carried them. */
  posts: number;
  readonly tokens: Set<string>;
  datagrams: number;
  /** Pushes begun, and those that the server calls done. */
  pushes: number;
  pushesDone: number;
  /** The newest level heard of it. */
  heard: bigint | undefined;
}

/** Lets every promise that can go on go on: a chain of a few, and a store that answers in the next turn. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A server and four lights on a bad network, all of it drawn by the seed. */
export async function simulatedFleet(seed: number) {
  const clock = new FakeClock();
  const dice = seeded(seed);
  const pick = (count: number) => Math.floor(dice.next() * count);
  const network = fakeNetwork(clock, seeded(seed + 1_000_000), {
    loss: dice.next() * 0.15,
    duplication: dice.next() * 0.15,
    delayMax: milliseconds(dice.next() * 900),
    stragglers: { share: dice.next() * 0.1, delayMax: seconds(60) },
  });
  const store = new MemoryRegistrationStore();
  const queueStore = new MemoryQueuedRequestStore();
  const story: string[] = [];
  const untrue: string[] = [];
  const lights = Array.from({ length: fleetSize }, (_, index) => born(index));
  const byName = new Map(lights.map((each) => [each.name, each]));
  const byHost = new Map(lights.map((each) => [hostOf(each.port.address), each]));
  network.watch(({ from, to, datagram }) => {
    if (from !== serverAddress || datagram[1] !== POST) return;
    const target = byHost.get(hostOf(to));
    if (!target) return;
    target.tokens.add(Buffer.from(datagram.subarray(4, 4 + (datagram[0]! & 15))).toString("hex"));
    target.datagrams++;
  });
  let generation = 0;
  let underWay = 0;
  let moves = 0;
  let server = await bringUp();
  for (const { light } of lights) light.start();

  function born(index: number): SimulatedLight {
    const port = movingPort(network, `10.0.0.${index}:5683`);
    const name = `light-${index}`;
    const light = new VirtualLight({
      port,
      clock,
      random: seeded(seed * 1_000 + index),
      identity: { ...identity, endpoint: name },
      server: serverAddress,
      lifetime: seconds(120),
      software: usualSoftware,
      // The last one sleeps between its Updates.
      ...(index === fleetSize - 1 && { sleep: { listensFor: seconds(20), wakesEvery: seconds(50) } }),
    });
    return {
      ...{ light, name, port, posts: 0, tokens: new Set(), datagrams: 0, pushes: 0, pushesDone: 0, heard: undefined },
      // Until it is switched on it gives no light, and when it is, all that it can.
      levels: new Set([0n, 100n]),
      lifetimes: new Set([120]),
      versions: new Set([identity.firmwareVersion]),
    };
  }

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
    const light = byName.get(event.endpoint);
    const value = BigInt(String(singleValue(event.node)?.value));
    if (!light?.levels.has(value)) untrue.push(`${event.source} of ${event.endpoint}: ${value}`);
    if (light) light.heard = value;
  }

  async function pass(span: Duration): Promise<void> {
    const end = clock.monotonic() + span;
    for (let next = clock.monotonic() + 500; clock.monotonic() < end; next += 500) {
      // As in a process of its own: what a datagram sets going goes on before the next one is read.
      for (let { delivered } = network.traffic; clock.step(next - clock.monotonic()); { delivered } = network.traffic) {
        if (network.traffic.delivered > delivered) await settle();
      }
      clock.advance(milliseconds(next - clock.monotonic()));
      await settle();
    }
  }

  /** Asks, and sees that one answer comes, however it went. A server that is killed owes none. */
  function ask(word: string, operation: Promise<{ readonly kind: string }>, done?: (kind: string) => void): void {
    const mine = generation;
    underWay++;
    void operation.then(({ kind }) => {
      if (mine !== generation) return;
      underWay--;
      story.push(`${word} ${kind}`);
      done?.(kind);
    });
  }

  function write(target: SimulatedLight, level: bigint): void {
    target.levels.add(level);
    ask("write", server.engine.write(target.name, levelPath, integer(level)));
  }

  function cutPower({ light }: SimulatedLight): void {
    light.cutPower();
    clock.after(seconds(1 + pick(20)), () => light.start());
  }

  /** Sends an image; in one of three the power of the light fails on the way. */
  function push(target: SimulatedLight): void {
    const choice = pick(versions.length);
    const failsAt = pick(3) === 0 ? pick(imageBytes) : Number.POSITIVE_INFINITY;
    let hasFailed = false;
    target.pushes++;
    target.versions.add(versions[choice]!);
    const onProgress = ({ bytesAcknowledged }: { bytesAcknowledged: number }) => {
      if (hasFailed || bytesAcknowledged < failsAt) return;
      hasFailed = true;
      cutPower(target);
    };
    ask(
      "push",
      server.engine.writeOpaque(target.name, "/5/0/0", images[choice]!, { blockSize, onProgress }),
      (kind) => {
        if (kind === "ok") target.pushesDone++;
      },
    );
  }

  /** As by kill -9, and started again after a moment, or after longer than a light goes on telling. */
  async function restart(): Promise<void> {
    generation++;
    server.life.kill();
    network.unbind(serverAddress);
    await pass(seconds(pick(4) === 0 ? 90 + pick(60) : pick(10)));
    server = await bringUp();
    story.push("restart");
  }

  const steps: readonly ((target: SimulatedLight) => void | Promise<void>)[] = [
    (target) => write(target, BigInt(pick(100))),
    (target) => write(target, BigInt(pick(100))),
    ({ name }) => ask("read", server.engine.read(name, levelPath)),
    ({ name }) => ask("observe", server.engine.observe(name, levelPath)),
    ({ name }) => ask("observe", server.engine.observe(name, levelPath)),
    ({ name }) => ask("cancel", server.engine.cancelObservation(name, levelPath)),
    ({ name }) => ask("discover", server.engine.discover(name, "/3")),
    ({ name }) => ask("composite", server.engine.readComposite(name, [levelPath, "/3/0/0"])),
    ({ name }) => ask("several", server.engine.observeComposite(name, [levelPath, "/5/0/3"])),
    (target) => {
      target.posts++;
      ask("reboot", server.engine.execute(target.name, rebootPath));
    },
    cutPower,
    ({ light }) => light.send([levelPath]),
    restart,
    push,
    (target) => {
      target.posts++;
      ask("install", server.engine.execute(target.name, "/5/0/2"));
    },
    (target) => {
      target.posts++;
      ask("create", server.engine.create(target.name, 9, instance(2 + pick(2), [])));
    },
    ({ name }) => ask("delete", server.engine.delete(name, `/9/${pick(4)}`)),
    ({ name }) => {
      const pmin = pick(3);
      const pmax = pick(2) === 0 ? null : 20 + pick(20);
      ask("attributes", server.engine.writeAttributes(name, levelPath, { pmin, pmax }));
    },
    (target) => {
      const lifetime = 60 + pick(120);
      target.lifetimes.add(lifetime);
      ask("lifetime", server.engine.write(target.name, "/1/0/1", integer(BigInt(lifetime))));
    },
    ({ port }) => port.moveTo(`${hostOf(port.outside)}:${40_000 + moves++}`),
  ];

  return {
    ...{ network, lights, pass, write, ask, pick, story, untrue },
    step: async () => {
      const step = steps[pick(steps.length)];
      const target = lights[pick(fleetSize)];
      if (step && target) await step(target);
    },
    server: () => server,
    underWay: () => underWay,
  };
}

export type SimulatedFleet = Awaited<ReturnType<typeof simulatedFleet>>;

const hostOf = (address: string) => address.slice(0, address.lastIndexOf(":"));
/** The length of every image that was pushed. */
export const pushedBytes = imageBytes;
