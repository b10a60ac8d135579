import { z } from "zod";
import { id } from "../input/text.ts";
import { visibleDevice } from "../inventory/device-view.ts";
import { needs } from "../procedure.ts";
import type { LightQueueView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { queuedRequestViews } from "./view.ts";

/** What waits for one light in queue mode, whether it listens now, and how what waited before ended. */
export const listQueue = needs("device.read")
  .input(z.object({ deviceId: id }))
  .query(async ({ ctx: { db, actor, lights }, input }): Promise<LightQueueView> => {
    const { endpoint, queueMode, lastSeenAt } = await visibleDevice(db, visibleTo(actor).devices, input.deviceId);
    const wakefulness = lights.wakefulness(endpoint);
    const requests = lights.queue.list(endpoint);
    const isRegistered = lights.find(endpoint) !== undefined;
    return {
      state:
        wakefulness?.awakeUntil !== undefined ? "awake" : wakefulness ? "sleeping" : isRegistered ? "always" : "away",
      queueMode,
      awakeUntil: wakefulness?.awakeUntil === undefined ? null : new Date(wakefulness.awakeUntil).toISOString(),
      lastAwakeAt: wakefulness ? new Date(wakefulness.heardAt).toISOString() : (lastSeenAt?.toISOString() ?? null),
      waiting: lights.queue.waiting(endpoint),
      requests: await queuedRequestViews(db, requests),
    };
  });
