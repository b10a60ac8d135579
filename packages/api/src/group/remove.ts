import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";

/** group.remove */
export const removeGroup = needs("group.write")
  .input(z.object({ id }))
  .mutation(async (): Promise<{ lights: number }> => {
    throw new Problem("not-built", "This is not built yet.");
  });
