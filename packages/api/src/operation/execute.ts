import { z } from "zod";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { whenAsleep } from "./when-asleep.ts";
import { pathFrom } from "./wire.ts";

/** Executes a resource, such as Reboot at /3/0/4. */
export const executeOperation = needs("device.operate.execute")
  .input(z.object({ deviceId: id, path, arguments: z.string().max(500).optional(), ...whenAsleep }))
  .mutation(({ ctx, input: { deviceId, path, arguments: args, ...when } }): Promise<OperationView> => {
    const { object, resource } = pathFrom(path);
    if (resource === undefined) {
      throw new Problem("invalid-input", `${path} is no resource. Only a resource can be executed, such as /3/0/4.`);
    }
    return operateByHand(ctx, {
      deviceId,
      verb: "Execute",
      path,
      objects: [object],
      changes: true,
      later: {
        when,
        operation: () => ({ kind: "execute", path, ...(args !== undefined && { arguments: args }) }),
      },
      run: (endpoint) => ctx.lights.execute(endpoint, path, args),
    });
  });
