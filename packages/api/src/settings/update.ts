import { z } from "zod";
import { name } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { InstallationView } from "../views.ts";

/** settings.update */
export const updateSettings = needs("settings.write")
  .input(
    z.object({
      name: name.optional(),
      enrolmentPolicy: z.enum(["open", "approve", "closed"]).optional(),
      tileUrl: z.string().max(500).nullable().optional(),
    }),
  )
  .mutation(async (): Promise<InstallationView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
