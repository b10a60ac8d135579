import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { accountsOf, proofsOf } from "@lamplighter/device/accounts";
import type { FaultKind, FaultSeverity } from "@lamplighter/device/faults";
import type { LightCounters } from "@lamplighter/device/light-counters";
import type { LightIdentity } from "@lamplighter/device/light-identity";
import { type FactorySoftware, usualSoftware } from "@lamplighter/device/light-software";
import { nodeHttpGet } from "@lamplighter/device/node-http-get";
import { ReferenceLight } from "@lamplighter/device/reference-light";
import type { LightProof } from "@lamplighter/device/secure-links";
import { type LightPhase, type LightSleep, VirtualLight } from "@lamplighter/device/virtual-light";
import type { ObjectNode } from "@lamplighter/lwm2m/node";
import { milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { assignFaults } from "./assign-faults.ts";
import { bindRebindable, type RebindablePort } from "./rebindable-port.ts";

export interface FleetOptions {
  readonly identities: readonly LightIdentity[];
  readonly server: { readonly host: string; readonly port: number };
  /** What lights prove themselves with, by endpoint; those without a proof speak in the clear. */
  readonly proofs?: ReadonlyMap<string, LightProof>;
  /** Where those with a proof register. */
  readonly secureServer?: { readonly host: string; readonly port: number };
  /** What a light comes with instead of an account at `server`: objects 0, 1 and 2. */
  readonly accountsFor?: ((endpoint: string) => readonly ObjectNode[]) | undefined;
  /** How many of the first lights run on node-coap. They have no faults. */
  readonly reference: number;
  /** How many lights get which fault; drawn by the seed from those that are not reference lights. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** How bad the faults are, where not as usual. */
  readonly severity?: Partial<FaultSeverity>;
  /** Chance that a datagram of a light on our own stack is lost, each way. */
  readonly loss: number;
  /** How many of the last lights use queue mode. */
  readonly sleepy?: number;
  readonly lifetimeSeconds: number;
  readonly installSeconds: number;
  /** Lights that switch on in one second. */
  readonly rampPerSecond: number;
  readonly seed: number;
  /** The software that a light had last, where that is known. */
  readonly softwareOf?: (endpoint: string) => readonly FactorySoftware[] | undefined;
}

/** What one light is and counted, at one moment. Plain data. */
export interface LightReport {
  readonly endpoint: string;
  readonly kind: "virtual" | "reference";
  /** Whether it speaks DTLS. */
  readonly isSecure: boolean;
  readonly fault: FaultKind | null;
  readonly phase: LightPhase;
  /** Why it is registered nowhere, as far as it was told. */
  readonly refusal?: string | undefined;
  readonly firmwareVersion: string;
  /** State and Update Result of object 5. */
  readonly firmwareState: number;
  readonly updateResult: number;
  /** The software of its parts, object 9; none for most. */
  readonly software: readonly FactorySoftware[];
  readonly counters: Readonly<LightCounters>;
}

export interface Fleet {
  /** Endpoints of the lights with a fault. */
  readonly faults: ReadonlyMap<string, FaultKind>;
  /** Settles when every light has been switched on; rejects with {@link FleetError}. */
  readonly switchedOn: Promise<void>;
  report(): readonly LightReport[];
  /** A light on our own stack by its endpoint, to pull its plug. */
  find(endpoint: string): VirtualLight | undefined;
  /** Has a light with a key be heard from another port, as behind a NAT that gave its port away. False when it cannot. */
  rebind(endpoint: string): Promise<boolean>;
  /** De-registers and switches off, one batch after the other, in ten seconds at most. */
  stop(): Promise<void>;
}

/** The system will not let the fleet be what was asked for; the message says what to do about it. */
export class FleetError extends Error {
  override readonly name = "FleetError";
}

const stopMillisecondsMax = 10_000;
/** Lights that say goodbye at the same time: a server has to hear all of them. */
const farewellsAtOnce = 200;
const farewellPatience = seconds(2);
const rampStep = 50;
/** A light renews its registration before half of its lifetime is over: this one lets it sleep through. */
const sleepyLifetimeSeconds = 900;
const web = nodeHttpGet();
/** As the specification advises: awake for MAX_TRANSMIT_WAIT after each message (OMA TS Core 1.1 §6.5). */
const usualSleep: LightSleep = { listensFor: seconds(93), wakesEvery: minutes(3) };

/** Switches the lights on, one after the other, each with a socket of its own. Resolves at once; see `switchedOn`. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { identities, reference, loss, seed } = options;
  const faults = assignFaults(identities.length, reference, options);
  const server = { host: await addressOf(options.server.host), port: options.server.port };
  const clock = systemClock();
  const host = server.host.startsWith("127.") ? "127.0.0.1" : "0.0.0.0";
  const lights = new Map<string, VirtualLight | ReferenceLight>();
  const ports = new Map<string, RebindablePort>();
  const { proofs, secureServer = server } = options;
  let isStopping = false;

  const switchOn = async (identity: LightIdentity, index: number) => {
    if (index < reference) {
      const { lifetimeSeconds, installSeconds } = options;
      const installMilliseconds = installSeconds * 1_000;
      const proof = proofs?.get(identity.endpoint);
      const light = new ReferenceLight({
        ...{ identity, host, lifetimeSeconds, installMilliseconds, proof },
        server: proof ? secureServer : server,
        // One after the other is sent its image, fetches it over HTTP, and over CoAP; images of secure lights are sent.
        ...(!proof && index % 3 > 0 && { fetches: index % 3 === 1 ? "http" : "coap" }),
      });
      lights.set(identity.endpoint, light);
      return light.start();
    }
    // A light gets little at once: a large buffer for each would only cost memory.
    const port = await bindRebindable({ host, port: 0, bufferBytes: 64 * 1_024 });
    ports.set(identity.endpoint, port);
    const accounts = options.accountsFor?.(identity.endpoint);
    const proof = accounts ? undefined : proofs?.get(identity.endpoint);
    const isSecure = accounts ? proofsOf(accountsOf(accounts)).size > 0 : proof !== undefined;
    const home = proof ? secureServer : server;
    const fault = faults.get(index);
    const isSleepy = index >= identities.length - (options.sleepy ?? 0);
    const light = new VirtualLight({
      port,
      clock,
      random: seeded(seed * 100_003 + index),
      identity,
      ...{ randomBytes, proof },
      ...(accounts ? { accounts } : { server: `${home.host}:${home.port}` }),
      loss,
      lifetime: seconds(isSleepy ? Math.max(options.lifetimeSeconds, sleepyLifetimeSeconds) : options.lifetimeSeconds),
      installTime: milliseconds(options.installSeconds * 1_000),
      // Every fifth light is not sent its image, but fetches it: half of them over CoAP, and half over HTTP; with a key all
      // over CoAPS. After a power cut two of three go on where they were; the third has to be told the address again.
      delivery: index % 5 === 4 ? "pull" : "push",
      ...(isSecure && { protocols: ["coaps", "coap"] }),
      ...(!isSecure && index % 10 === 9 && { protocols: ["http", "https"], httpGet: web }),
      ...(index % 15 === 14 && { afterPowerCut: "forgets" }),
      // And every fifth has a driver and a radio with software of their own.
      ...(index % 5 === 3 && { software: options.softwareOf?.(identity.endpoint) ?? usualSoftware }),
      ...(fault && { fault }),
      ...(isSleepy && { sleep: usualSleep }),
      ...(options.severity && { severity: options.severity }),
    });
    lights.set(identity.endpoint, light);
    light.start();
  };

  const ramp = async () => {
    for (let from = 0; from < identities.length && !isStopping; from += rampStep) {
      const batch = identities.slice(from, from + rampStep);
      try {
        await Promise.all(batch.map((identity, offset) => switchOn(identity, from + offset)));
      } catch (error) {
        throw asFleetError(error, ports.size);
      }
      await pause((batch.length / options.rampPerSecond) * 1_000);
    }
  };
  const switchedOn = ramp();

  return {
    faults: new Map([...faults].map(([index, kind]) => [identities[index]?.endpoint ?? "", kind])),
    switchedOn,
    report: () => [...lights.values()].map(reportOf),
    async rebind(endpoint) {
      const port = ports.get(endpoint);
      if (!port || !lights.get(endpoint)?.isSecure) return false;
      await port.rebind();
      return true;
    },
    find: (endpoint) => {
      const light = lights.get(endpoint);
      return light instanceof VirtualLight ? light : undefined;
    },
    async stop() {
      isStopping = true;
      await Promise.allSettled([switchedOn]);
      const deadline = clock.monotonic() + stopMillisecondsMax;
      const all = [...lights.values()];
      for (let from = 0; from < all.length; from += farewellsAtOnce) {
        const left = deadline - clock.monotonic();
        await Promise.all(all.slice(from, from + farewellsAtOnce).map((light) => sayGoodbye(light, left)));
      }
      await Promise.all([...ports.values()].map((port) => port.close()));
    },
  };
}

/** De-registers a light; out of time, it says goodbye once and does not listen for the answer. */
function sayGoodbye(light: VirtualLight | ReferenceLight, millisecondsLeft: number): Promise<void> {
  const patience = milliseconds(Math.max(0, Math.min(farewellPatience, millisecondsLeft)));
  if (light instanceof ReferenceLight) return light.stop(patience);
  return new Promise((resolve) => light.stop(resolve, patience));
}

function reportOf(light: VirtualLight | ReferenceLight): LightReport {
  return {
    endpoint: light.identity.endpoint,
    kind: light instanceof ReferenceLight ? "reference" : "virtual",
    isSecure: light.isSecure,
    fault: light.fault ?? null,
    phase: light.phase,
    refusal: light instanceof VirtualLight ? light.refusal : undefined,
    firmwareVersion: light.firmwareVersion,
    firmwareState: light.firmware.state,
    updateResult: light.firmware.result,
    software: light instanceof VirtualLight ? light.software.kept : [],
    counters: light.counters,
  };
}

async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host, 4)).address;
  } catch (error) {
    throw new FleetError(`The server's name ${JSON.stringify(host)} leads to no IPv4 address.`, { cause: error });
  }
}

function asFleetError(error: unknown, open: number): unknown {
  const code = (error as { code?: unknown }).code;
  if (code !== "EMFILE" && code !== "ENFILE") return error;
  return new FleetError(
    `This system lets the program open no more than ${open} sockets, and each light needs one: raise the limit (ulimit -n) or ask for fewer lights.`,
    { cause: error },
  );
}

async function pause(span: number): Promise<void> {
  const done = new AbortController();
  const timer = setTimeout(() => done.signal.dispatchEvent(new Event("over")), span);
  await once(done.signal, "over");
  clearTimeout(timer);
}
