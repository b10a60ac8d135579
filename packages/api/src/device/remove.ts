import { z } from "zod";
import { ids } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";

/** device.remove */
export const removeDevice = needs("device.remove")
  .input(z.object({ ids }))
  .mutation(async (): Promise<{ lights: number }> => {
    throw new Problem("not-built", "This is not built yet.");
  });
