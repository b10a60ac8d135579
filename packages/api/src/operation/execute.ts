import { z } from "zod";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { pathFrom } from "./wire.ts";

/** Executes a resource, such as Reboot at /3/0/4. */
export const executeOperation = needs("device.operate.execute")
  .input(z.object({ deviceId: id, path, arguments: z.string().max(500).optional() }))
  .mutation(({ ctx, input: { deviceId, path, arguments: args } }): Promise<OperationView> => {
    const { object, resource } = pathFrom(path);
    if (resource === undefined) {
      throw new Problem("invalid-input", `${path} is no resource. Only a resource can be executed, such as /3/0/4.`);
    }
    return operateByHand(ctx, {
      deviceId,
      verb: "Execute",
      path,
      object,
      changes: true,
      run: (endpoint) => ctx.lights.execute(endpoint, path, args),
    });
  });
