import { z } from "zod";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { pathFrom, readingsOf, readingView } from "./wire.ts";

/** Asks a light to tell when something below a path changes. */
export const observeOperation = needs("device.operate.read")
  .input(z.object({ deviceId: id, path }))
  .mutation(
    ({ ctx, input: { deviceId, path } }): Promise<OperationView> =>
      operateByHand(ctx, {
        deviceId,
        verb: "Observe",
        path,
        object: pathFrom(path).object,
        changes: false,
        run: (endpoint) => ctx.lights.observe(endpoint, path),
        shown: async (node, at) => ({
          readings: readingsOf(node, path).map((reading) => readingView(reading, "read", at)),
        }),
      }),
  );
