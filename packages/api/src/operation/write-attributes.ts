import { z } from "zod";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";

/** operation.writeAttributes */
export const writeAttributesOperation = needs("device.operate.write")
  .input(z.object({ deviceId: id, path, attributes: z.record(z.string().max(20), z.string().max(40).nullable()) }))
  .mutation(async (): Promise<OperationView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
