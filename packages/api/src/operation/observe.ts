import { z } from "zod";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";

/** operation.observe */
export const observeOperation = needs("device.operate.read")
  .input(z.object({ deviceId: id, path }))
  .mutation(async (): Promise<OperationView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
