import { z } from "zod";
import { id } from "../input/text.ts";
import { paths } from "../input/wire-value.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { whenAsleep } from "./when-asleep.ts";
import { pathFrom } from "./wire.ts";

/** Asks a light to tell no longer: of a path, or of several that one Observe-Composite named, a space between each. */
export const cancelObservationOperation = needs("device.operate.read")
  .input(z.object({ deviceId: id, path: paths, ...whenAsleep }))
  .mutation(
    ({ ctx, input: { deviceId, path, ...when } }): Promise<OperationView> =>
      operateByHand(ctx, {
        deviceId,
        verb: "Cancel Observation",
        path,
        objects: path.split(" ").map((each) => pathFrom(each).object),
        changes: true,
        later: { when, operation: () => ({ kind: "cancel-observation", path }) },
        run: (endpoint) => ctx.lights.cancelObservation(endpoint, path),
      }),
  );
