import { z } from "zod";
import { importCharactersMax } from "../input/import-size.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { ImportReport } from "../views.ts";

/** device.import */
export const importDevice = needs("device.import")
  .input(z.object({ csv: z.string().max(importCharactersMax), dryRun: z.boolean() }))
  .mutation(async (): Promise<ImportReport> => {
    throw new Problem("not-built", "This is not built yet.");
  });
