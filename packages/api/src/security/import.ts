import { z } from "zod";
import { isDuplicate } from "../db-error.ts";
import { recordEvent } from "../event/record.ts";
import { importCharactersMax } from "../input/import-size.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { planImport, writeImport } from "./import-credentials.ts";
import { readCredentialTable } from "./import-table.ts";
import type { SecurityImportReport } from "./view.ts";

/**
 * Reads a table of credentials (endpoint, purpose, mode, identity, key). A dry run says what it would do; with any error
 * nothing is stored. What a light has for the purpose is replaced.
 */
export const importSecurity = needs("security.write")
  .input(
    z.strictObject({
      csv: z.string().max(importCharactersMax, "The table is too large. Split it into tables of at most 20 MB."),
      dryRun: z.boolean(),
    }),
  )
  .mutation(async ({ ctx, input: { csv, dryRun } }): Promise<SecurityImportReport> => {
    const { clock, actor, security, enrolment, live } = ctx;
    const table = await readCredentialTable(csv);
    const plan = await planImport(security.store, table.lines);
    const report: SecurityImportReport = {
      dryRun,
      rows: table.rows,
      added: plan.added.length,
      replaced: plan.replaced.length,
      unchanged: plan.unchanged,
      errors: [...table.errors, ...plan.errors].sort((a, b) => a.line - b.line),
      errorCount: table.errorCount + plan.errors.length,
      warnings: table.warnings,
      warningCount: table.warningCount,
    };
    const changes = report.added + report.replaced;
    if (dryRun || report.errorCount > 0 || changes === 0) return report;
    const message = `Imported credentials of ${changes} lights (${report.replaced} replaced).`;
    const happening = { actor: actor.id, kind: "security.imported", message };
    try {
      await writeImport(security.store, plan, {
        createdBy: actor.id,
        audit: (db) => recordEvent({ db, clock }, happening),
      });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      throw new Problem("in-use", "Somebody changed these lights' keys just now. Try once more.", { cause: error });
    }
    for (const { endpoint } of table.lines) enrolment.know(endpoint);
    live.note({ kind: "security" });
    return report;
  });
