import { z } from "zod";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { whenAsleep } from "./when-asleep.ts";
import { pathFrom } from "./wire.ts";

/** Deletes an instance of an object on a light. */
export const deleteOperation = needs("device.operate.write")
  .input(z.object({ deviceId: id, path, ...whenAsleep }))
  .mutation(({ ctx, input: { deviceId, path, ...when } }): Promise<OperationView> => {
    const { object, instance, resource } = pathFrom(path);
    if (instance === undefined || resource !== undefined) {
      throw new Problem(
        "invalid-input",
        `${path} is no object instance. Only an instance can be deleted, such as /9/1.`,
      );
    }
    return operateByHand(ctx, {
      deviceId,
      verb: "Delete",
      path,
      objects: [object],
      changes: true,
      later: { when, operation: () => ({ kind: "delete", path }) },
      run: async (endpoint) => {
        const outcome = await ctx.lights.delete(endpoint, path);
        if (outcome.kind === "ok") {
          await ctx.db.resourceReading.deleteMany({ where: { deviceId, path: { startsWith: `${path}/` } } });
        }
        return outcome;
      },
    });
  });
