import { z } from "zod";
import { id } from "../input/text.ts";
import { path, wireValue } from "../input/wire-value.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";

/** operation.write */
export const writeOperation = needs("device.operate.write")
  .input(z.object({ deviceId: id, path, value: wireValue, mode: z.enum(["replace", "partial"]).default("replace") }))
  .mutation(async (): Promise<OperationView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
