import { z } from "zod";
import { importCharactersMax } from "../input/import-size.ts";
import { importLights } from "../inventory/import-lights.ts";
import { needs } from "../procedure.ts";
import type { ImportReport } from "../views.ts";

/** Reads a table of places. A dry run says what it would do; with any error nothing is stored. */
export const importDevice = needs("device.import")
  .input(
    z.object({
      csv: z.string().max(importCharactersMax, "The table is too large. Split it into tables of at most 20 MB."),
      dryRun: z.boolean(),
    }),
  )
  .mutation(async ({ ctx, input }): Promise<ImportReport> => {
    const { db, clock, newId, actor, live, enrolment } = ctx;
    const into = { db, clock, newId, actor: actor.id, demo: false };
    const { report, endpoints } = await importLights(into, input.csv, input.dryRun);
    for (const endpoint of endpoints) enrolment.know(endpoint);
    if (endpoints.length > 0) {
      const devices = await db.device.findMany({
        where: { endpoint: { in: endpoints.slice(0, 1_000) } },
        select: { id: true },
      });
      for (const { id } of devices) live.note({ kind: "device", deviceId: id });
    }
    return report;
  });
