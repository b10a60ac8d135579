import { z } from "zod";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";

/** operation.execute */
export const executeOperation = needs("device.operate.execute")
  .input(z.object({ deviceId: id, path, arguments: z.string().max(500).optional() }))
  .mutation(async (): Promise<OperationView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
