import type { CampaignControl } from "@lamplighter/api/campaign/control";
import type { Blobs } from "@lamplighter/api/firmware/blobs";
import type { CampaignStore } from "@lamplighter/campaigns/campaign-store";
import { gatewayFromServer } from "@lamplighter/campaigns/gateway-from-server";
import { Orchestrator } from "@lamplighter/campaigns/orchestrator";
import type { PrismaClient } from "@lamplighter/db/generated/client";
import type { Downloads } from "@lamplighter/lwm2m/downloads";
import type { Clock } from "@lamplighter/runtime/clock";
import { invariant } from "@lamplighter/runtime/invariant";
import type { Log } from "@lamplighter/runtime/log";
import type { Engine } from "./engine.ts";
import { secureRandom } from "./secure-random.ts";
import type { Shutdown } from "./shutdown.ts";

/** Images kept in memory, the last used; many lights are sent the same one. */
const imagesKeptMax = 3;

/** Starts the orchestrator on the engine, and gives what people may command it. */
export async function startCampaigns(parts: {
  readonly store: CampaignStore;
  readonly db: PrismaClient;
  readonly blobs: Blobs;
  readonly engine: Engine;
  readonly downloads: Downloads;
  /** Where lights reach us, without a slash at the end; the one to be preferred first. */
  readonly downloadBases: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly node: string;
  readonly shutdown: Shutdown;
}): Promise<CampaignControl> {
  const { store, db, blobs, engine, downloads, downloadBases, clock, log, node, shutdown } = parts;
  const gateway = gatewayFromServer(engine.lwm2m);
  engine.onEvent((event) => gateway.take(event));
  const shelf = imageShelf(db, blobs);
  const orchestrator = new Orchestrator({
    store,
    gateway,
    image: shelf.image,
    downloads: {
      addresses: (attempt) => downloadBases.map((base) => ({ uri: [base, ...downloads.pathOf(attempt)].join("/") })),
      open: (download) => downloads.open({ ...download, sha256: shelf.sha256Of(download.image) }),
    },
    clock,
    random: secureRandom(),
    log,
    node,
  });
  await orchestrator.start();
  shutdown.add("orchestrator", () => orchestrator.stop());
  return {
    start: (id, actor) => orchestrator.startCampaign(id, actor),
    schedule: (id, actor) => orchestrator.schedule(id, actor),
    pause: (id, actor) => orchestrator.pause(id, actor),
    resume: (id, actor) => orchestrator.resume(id, actor),
    cancel: (id, actor) => orchestrator.cancel(id, actor),
    retryFailed: (id, actor) => orchestrator.retryFailed(id, actor),
    promoteWave: (id, ordinal, actor, reason) => orchestrator.promoteWave(id, ordinal, { actor, reason }),
    stopEverything: (actor) => orchestrator.stopEverything(actor),
    packageRevoked: (packageId, actor) => orchestrator.packageRevoked(packageId, actor),
  };
}

/** Reads images from disk and keeps the last few, so that a thousand lights do not read the same file. */
function imageShelf(db: PrismaClient, blobs: Blobs) {
  const shelf = new Map<string, Promise<Uint8Array>>();
  const names = new WeakMap<Uint8Array, string>();
  const image = async (packageId: string): Promise<Uint8Array> => {
    const { sha256 } = await db.package.findUniqueOrThrow({ where: { id: packageId }, select: { sha256: true } });
    const reading = shelf.get(sha256) ?? blobs.read(sha256);
    shelf.delete(sha256);
    shelf.set(sha256, reading);
    // One that cannot be read now may be there again for the next light.
    reading.catch(() => shelf.delete(sha256));
    const oldest = shelf.keys().next();
    if (shelf.size > imagesKeptMax && !oldest.done) shelf.delete(oldest.value);
    const bytes = await reading;
    names.set(bytes, sha256);
    return bytes;
  };
  const sha256Of = (bytes: Uint8Array): string => {
    const sha256 = names.get(bytes);
    invariant(sha256, "only images of the shelf are handed out");
    return sha256;
  };
  return { image, sha256Of };
}
