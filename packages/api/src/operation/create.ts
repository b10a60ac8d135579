import { z } from "zod";
import { id } from "../input/text.ts";
import { wireValue } from "../input/wire-value.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";

/** operation.create */
export const createOperation = needs("device.operate.write")
  .input(
    z.object({
      deviceId: id,
      object: z.number().int().min(0).max(65_534),
      instance: z.number().int().min(0).max(65_534).optional(),
      values: z.array(z.strictObject({ resource: z.number().int().min(0).max(65_534), value: wireValue })).max(200),
    }),
  )
  .mutation(async (): Promise<OperationView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
