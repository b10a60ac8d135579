import { z } from "zod";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { pathFrom } from "./wire.ts";

/** Asks a light to tell no longer. */
export const cancelObservationOperation = needs("device.operate.read")
  .input(z.object({ deviceId: id, path }))
  .mutation(
    ({ ctx, input: { deviceId, path } }): Promise<OperationView> =>
      operateByHand(ctx, {
        deviceId,
        verb: "Cancel Observation",
        path,
        object: pathFrom(path).object,
        changes: true,
        run: (endpoint) => ctx.lights.cancelObservation(endpoint, path),
      }),
  );
