import { z } from "zod";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { whenAsleep } from "./when-asleep.ts";
import { pathFrom } from "./wire.ts";

/** Asks a light to tell no longer. */
export const cancelObservationOperation = needs("device.operate.read")
  .input(z.object({ deviceId: id, path, ...whenAsleep }))
  .mutation(
    ({ ctx, input: { deviceId, path, ...when } }): Promise<OperationView> =>
      operateByHand(ctx, {
        deviceId,
        verb: "Cancel Observation",
        path,
        objects: [pathFrom(path).object],
        changes: true,
        later: { when, operation: () => ({ kind: "cancel-observation", path }) },
        run: (endpoint) => ctx.lights.cancelObservation(endpoint, path),
      }),
  );
