import type { CampaignControl } from "@lamplighter/api/campaign/control";
import type { CampaignStore } from "@lamplighter/campaigns/campaign-store";
import { gatewayFromServer } from "@lamplighter/campaigns/gateway-from-server";
import { Orchestrator } from "@lamplighter/campaigns/orchestrator";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Log } from "@lamplighter/runtime/log";
import type { Engine } from "./engine.ts";
import type { ImageShelf } from "./image-shelf.ts";
import { secureRandom } from "./secure-random.ts";
import type { Shutdown } from "./shutdown.ts";

/** Starts the orchestrator on the engine, and gives what people may command it. */
export async function startCampaigns(parts: {
  readonly store: CampaignStore;
  readonly engine: Engine;
  readonly shelf: ImageShelf;
  readonly clock: Clock;
  readonly log: Log;
  readonly node: string;
  readonly shutdown: Shutdown;
}): Promise<CampaignControl> {
  const { store, engine, shelf, clock, log, node, shutdown } = parts;
  const gateway = gatewayFromServer(engine.lwm2m);
  engine.onEvent((event) => gateway.take(event));
  const orchestrator = new Orchestrator({
    store,
    gateway,
    image: shelf.image,
    downloads: shelf.downloads,
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
