import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { id } from "../input/text.ts";
import { visibleDevice } from "../inventory/device-view.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";
import { verbOf } from "./view.ts";

/** Takes back a request that waits for its light to wake. */
export const cancelQueue = needs("device.operate.cancel")
  .input(z.object({ deviceId: id, requestId: z.string().min(1).max(40) }))
  .mutation(async ({ ctx, input: { deviceId, requestId } }): Promise<void> => {
    const { db, actor, lights } = ctx;
    const device = await visibleDevice(db, visibleTo(actor).devices, deviceId);
    const request = lights.queue.list(device.endpoint).find((each) => each.id === requestId);
    const outcome = lights.queue.cancel(device.endpoint, requestId);
    if (outcome === "under-way") {
      throw new Problem("wrong-state", "This request is on its way to the light, and cannot be taken back any more.");
    }
    if (outcome === "unknown" || !request) {
      throw new Problem("not-found", "This request does not wait any more. Reload the page to see how it ended.");
    }
    await recordEvent(ctx, {
      actor: actor.id,
      kind: "queue.cancelled",
      deviceId: device.id,
      message: `${verbOf[request.operation.kind]} ${request.operation.path} on ${device.endpoint}: taken back before it was sent.`,
    });
  });
