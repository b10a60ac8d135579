import { once } from "node:events";
import { type FaultKind, faultKinds } from "@lamplighter/device/faults";
import type { LightCounters } from "@lamplighter/device/light-counters";
import type { LightIdentity } from "@lamplighter/device/light-identity";
import { ReferenceLight } from "@lamplighter/device/reference-light";
import { type LightPhase, VirtualLight } from "@lamplighter/device/virtual-light";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp, type UdpPort } from "@lamplighter/runtime/udp-port";

export interface FleetOptions {
  readonly identities: readonly LightIdentity[];
  readonly server: { readonly host: string; readonly port: number };
  /** How many of the first lights run on node-coap. They have no faults. */
  readonly reference: number;
  /** How many lights get which fault; drawn by the seed from those that are not reference lights. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Chance that a datagram of a light on our own stack is lost, each way. */
  readonly loss: number;
  readonly lifetimeSeconds: number;
  readonly installSeconds: number;
  /** Lights that switch on in one second. */
  readonly rampPerSecond: number;
  readonly seed: number;
}

export interface LightReport {
  readonly endpoint: string;
  readonly kind: "virtual" | "reference";
  readonly fault: FaultKind | null;
  readonly phase: LightPhase;
  readonly firmwareVersion: string;
  readonly counters: Readonly<LightCounters>;
}

export interface Fleet {
  report(): readonly LightReport[];
  /** De-registers and switches off, waiting at most a few seconds. */
  stop(): Promise<void>;
}

const stopMillisecondsMax = 3_000;

/** Says which light has which fault. The same seed gives the same faults. Throws RangeError when there are too few lights. */
export function assignFaults(
  count: number,
  reference: number,
  { faults, seed }: { faults: FleetOptions["faults"]; seed: number },
): ReadonlyMap<number, FaultKind> {
  const random = seeded(seed);
  const free = Array.from({ length: Math.max(0, count - reference) }, (_, index) => index + reference);
  const assigned = new Map<number, FaultKind>();
  for (const kind of faultKinds) {
    for (let n = 0; n < (faults[kind] ?? 0); n++) {
      const [light] = free.splice(Math.floor(random.next() * free.length), 1);
      if (light === undefined) throw new RangeError(`${count} lights are too few for the faults that were asked for`);
      assigned.set(light, kind);
    }
  }
  return assigned;
}

/** Switches the lights on, one after the other, each with a socket of its own. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { identities, reference, loss, seed, server } = options;
  const faults = assignFaults(identities.length, reference, options);
  const clock = systemClock();
  const host = server.host === "127.0.0.1" || server.host === "localhost" ? "127.0.0.1" : "0.0.0.0";
  const lights: (VirtualLight | ReferenceLight)[] = [];
  const ports: UdpPort[] = [];
  let isStopping = false;

  const switchOn = async (identity: LightIdentity, index: number) => {
    if (index < reference) {
      const light = new ReferenceLight({
        identity,
        server,
        host,
        lifetimeSeconds: options.lifetimeSeconds,
        installMilliseconds: options.installSeconds * 1_000,
      });
      lights.push(light);
      return light.start();
    }
    // A light gets little at once: a large buffer for each would only cost memory.
    const port = await bindUdp({ host, port: 0, bufferBytes: 64 * 1_024 });
    ports.push(port);
    const fault = faults.get(index);
    const light = new VirtualLight({
      port,
      clock,
      random: seeded(seed * 100_003 + index),
      identity,
      server: `${server.host}:${server.port}`,
      loss,
      lifetime: seconds(options.lifetimeSeconds),
      installTime: milliseconds(options.installSeconds * 1_000),
      ...(fault && { fault }),
    });
    lights.push(light);
    light.start();
  };

  const ramp = (async () => {
    const step = 50;
    for (let from = 0; from < identities.length && !isStopping; from += step) {
      const batch = identities.slice(from, from + step);
      await Promise.all(batch.map((identity, offset) => switchOn(identity, from + offset)));
      await pause((batch.length / options.rampPerSecond) * 1_000);
    }
  })();

  return {
    report: () =>
      lights.map((light) => ({
        endpoint: light.identity.endpoint,
        kind: light instanceof ReferenceLight ? "reference" : "virtual",
        fault: light.fault ?? null,
        phase: light.phase,
        firmwareVersion: light.firmwareVersion,
        counters: light.counters,
      })),
    async stop() {
      isStopping = true;
      await ramp;
      const farewells = lights.map((light) =>
        light instanceof ReferenceLight ? light.stop() : new Promise<void>((resolve) => light.stop(resolve)),
      );
      await Promise.race([Promise.all(farewells), pause(stopMillisecondsMax)]);
      await Promise.all(ports.map((port) => port.close()));
    },
  };
}

async function pause(span: number): Promise<void> {
  const done = new AbortController();
  const timer = setTimeout(() => done.signal.dispatchEvent(new Event("over")), span);
  await once(done.signal, "over");
  clearTimeout(timer);
}
