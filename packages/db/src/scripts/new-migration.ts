import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { migrationsFolder, readMigrations, readSchema } from "../migration-files.ts";
import { noFilters, withSchemaEngine } from "../schema-engine.ts";
import { openTestDatabase } from "../testing.ts";

/**
 * Writes the SQL that leads from the migrations on disk to schema.prisma: `npm run -s migrate:new -- add-owner`.
 * An empty file is written when the schema already agrees, for SQL that the schema language cannot say.
 */
const name = parseArgs({ allowPositionals: true }).positionals[0];
if (name === undefined || !/^[a-z0-9-]+$/.test(name)) {
  process.stderr.write(
    "Name the migration in lower-case words joined by dashes: npm run -s migrate:new -- add-owner\n",
  );
  process.exit(2);
}

await using database = await openTestDatabase();
const difference = await withSchemaEngine(database.url, (engine) =>
  engine.diff({
    from: { tag: "migrations", ...readMigrations() },
    to: { tag: "schemaDatamodel", files: [readSchema()] },
    script: true,
    exitCode: null,
    filters: noFilters,
  }),
);
const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
const folder = join(migrationsFolder, `${stamp}_${name.replaceAll("-", "_")}`);
mkdirSync(folder);
writeFileSync(join(folder, "migration.sql"), difference.stdout ?? "");
process.stdout.write(`${join(folder, "migration.sql")}\nRead it, mend it, and commit it with the schema.\n`);
