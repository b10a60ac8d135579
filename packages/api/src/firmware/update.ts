import { z } from "zod";
import { id, label, name, prose } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { PackageView } from "../views.ts";

/** firmware.update */
export const updateFirmware = needs("firmware.write")
  .input(
    z.object({
      id,
      name: name.optional(),
      notes: prose.nullable().optional(),
      models: z.array(label.min(1)).max(50).optional(),
      hardwareRevisions: z.array(label.min(1)).max(50).optional(),
      state: z.enum(["released", "deprecated", "revoked"]).optional(),
    }),
  )
  .mutation(async (): Promise<PackageView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
