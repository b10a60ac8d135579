import { z } from "zod";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { whenAsleep } from "./when-asleep.ts";
import { pathFrom, readingsOf, readingView } from "./wire.ts";

/** Reads an object, an instance or a resource of a light. */
export const readOperation = needs("device.operate.read")
  .input(z.object({ deviceId: id, path, ...whenAsleep }))
  .mutation(
    ({ ctx, input: { deviceId, path, ...when } }): Promise<OperationView> =>
      operateByHand(ctx, {
        deviceId,
        verb: "Read",
        path,
        objects: [pathFrom(path).object],
        changes: false,
        later: { when, operation: () => ({ kind: "read", path }) },
        run: (endpoint) => ctx.lights.read(endpoint, path),
        shown: async (node, at) => ({
          readings: readingsOf(node, path).map((reading) => readingView(reading, "read", at)),
        }),
      }),
  );
