import { z } from "zod";
import { ids } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";

/** device.reject */
export const rejectDevice = needs("device.enrol")
  .input(z.object({ ids }))
  .mutation(async (): Promise<{ lights: number }> => {
    throw new Problem("not-built", "This is not built yet.");
  });
