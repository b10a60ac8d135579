import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Fleet, LightReport } from "../fleet.ts";
import { readKeys, writeKeys } from "../keys.ts";
import type { PublicApi } from "./api-client.ts";

/** Lights that the kill, and the change of addresses, must find in the middle of a download. */
const hitsMin = 20;

/** Gives every light a key, by the import that people use. */
export async function provision(
  api: PublicApi,
  {
    identities,
    dataFolder,
  }: { readonly identities: readonly { readonly endpoint: string }[]; readonly dataFolder: string },
) {
  const file = join(dataFolder, "proof-keys.csv");
  writeKeys(
    file,
    identities.map(({ endpoint }) => endpoint),
  );
  const report = await api.trpc.security.import.mutate({ csv: readFileSync(file, "utf8"), dryRun: false });
  if (report.added !== identities.length) throw new Error(`The keys were not imported: ${JSON.stringify(report)}`);
  return readKeys(file).server;
}

/** Has a share of the lights change its address, each once, when it has part of the image and not all of it. */
export function rebindSome(fleet: Fleet, rebindShare: number): { stop(): number } {
  const candidates = fleet.report().filter(({ kind, isSecure }) => kind === "virtual" && isSecure);
  const every = rebindShare > 0 ? 1 / rebindShare : Number.POSITIVE_INFINITY;
  const waiting = new Set(
    candidates
      .filter((_, index) => Math.floor((index + 1) / every) > Math.floor(index / every))
      .map(({ endpoint }) => endpoint),
  );
  let rebound = 0;
  const look = () => {
    for (const { endpoint, firmwareState, counters } of fleet.report()) {
      if (firmwareState !== 1 || counters.blocksArrived < 3 || !waiting.delete(endpoint)) continue;
      rebound++;
      void fleet.rebind(endpoint);
    }
  };
  const timer = waiting.size > 0 ? setInterval(look, 100) : undefined;
  return {
    stop() {
      clearInterval(timer);
      return rebound;
    },
  };
}

/** Handshakes of lights with a Connection ID, and of the reference lights, which have none, apart. */
export function handshakes(lights: readonly LightReport[]) {
  const of = (kind: LightReport["kind"]) => {
    const counted = lights.filter((light) => light.isSecure && light.kind === kind).map(({ counters }) => counters);
    return {
      lights: counted.length,
      handshakes: counted.reduce((sum, each) => sum + each.handshakes, 0),
      powerUps: counted.reduce((sum, each) => sum + each.powerUps, 0),
    };
  };
  return { withConnectionId: of("virtual"), reference: of("reference") };
}

/**
 * Says what is wrong with connections, and answers whether nothing is: each light with a Connection ID made one connection each
 * time it was switched on, and enough lights were hit in the middle of a download. Hits that were not asked for are undefined.
 */
export function judgeConnections(
  lights: readonly LightReport[],
  hits: { readonly rebound: number | undefined; readonly downloadingAtKill: number | undefined },
): boolean {
  const { rebound = hitsMin, downloadingAtKill = hitsMin } = hits;
  const complaints = lights
    .filter(({ kind, counters }) => kind === "virtual" && counters.handshakes !== counters.powerUps)
    .map(
      ({ endpoint, fault, counters }) =>
        `${endpoint} (${fault ?? "healthy"}) made ${counters.handshakes} connections and was switched on ${counters.powerUps} times`,
    );
  const inClear = lights.filter(({ isSecure }) => !isSecure).length;
  if (inClear > 0) complaints.push(`${inClear} lights speak in the clear`);
  if (rebound < hitsMin) complaints.push(`only ${rebound} lights changed their address`);
  if (downloadingAtKill < hitsMin) {
    complaints.push(`only ${downloadingAtKill} lights were in the middle of a download at the kill`);
  }
  for (const complaint of complaints) process.stderr.write(`${complaint}.\n`);
  return complaints.length === 0;
}

/** Says when a light makes a connection that it should not need, and how long after it was switched on and heard of last. */
export function noteConnections(fleet: Fleet, note: (line: string) => void): void {
  const seen = new Map<string, { powerUps: number; handshakes: number; at: number }>();
  setInterval(() => {
    for (const { endpoint, fault, phase, counters } of fleet.report()) {
      const { powerUps, handshakes, registrations } = counters;
      const before = seen.get(endpoint);
      const isOnAnew = before?.powerUps !== powerUps;
      if (handshakes > powerUps && handshakes !== before?.handshakes) {
        const seconds = before && Math.round((Date.now() - before.at) / 1_000);
        note(
          `${endpoint} (${fault ?? "healthy"}, ${phase}): connection ${handshakes}, switched on ${powerUps} times, ${seconds} s ago, registered ${registrations} times`,
        );
      }
      seen.set(endpoint, { powerUps, handshakes, at: isOnAnew ? Date.now() : (before?.at ?? Date.now()) });
    }
  }, 250).unref();
}
