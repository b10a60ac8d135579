import { z } from "zod";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { whenAsleep } from "./when-asleep.ts";
import { pathFrom, readingsOf, readingView } from "./wire.ts";

/** Asks a light to tell when something below a path changes. */
export const observeOperation = needs("device.operate.read")
  .input(z.object({ deviceId: id, path, ...whenAsleep }))
  .mutation(
    ({ ctx, input: { deviceId, path, ...when } }): Promise<OperationView> =>
      operateByHand(ctx, {
        deviceId,
        verb: "Observe",
        path,
        objects: [pathFrom(path).object],
        changes: false,
        later: { when, operation: () => ({ kind: "observe", path }) },
        run: (endpoint) => ctx.lights.observe(endpoint, path),
        shown: async (node, at) => ({
          readings: readingsOf(node, path).map((reading) => readingView(reading, "read", at)),
        }),
      }),
  );
