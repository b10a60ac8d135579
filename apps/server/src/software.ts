import type { SoftwareControl } from "@lamplighter/api/software/control";
import { SoftwareDesk } from "@lamplighter/campaigns/software/software-desk";
import { softwareGatewayFromServer } from "@lamplighter/campaigns/software/software-gateway-from-server";
import type { SoftwareStore } from "@lamplighter/campaigns/software/software-task";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Log } from "@lamplighter/runtime/log";
import type { Engine } from "./engine.ts";
import type { ImageShelf } from "./image-shelf.ts";
import type { Shutdown } from "./shutdown.ts";

/** Takes up the software tasks that had not ended, and gives what people may command of them. */
export async function startSoftware(parts: {
  readonly store: SoftwareStore;
  readonly engine: Engine;
  readonly shelf: ImageShelf;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  readonly shutdown: Shutdown;
}): Promise<SoftwareControl> {
  const { store, engine, shelf, clock, log, newId, shutdown } = parts;
  const gateway = softwareGatewayFromServer(engine.lwm2m);
  engine.onEvent((event) => gateway.take(event));
  const { image, downloads } = shelf;
  const desk = new SoftwareDesk({ newId, world: { ...{ store, gateway, image, downloads, clock, log } } });
  await desk.start();
  shutdown.add("software tasks", () => desk.stop());
  return desk;
}
