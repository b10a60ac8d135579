import pg from "pg";
import { codeOf, DatabaseUnavailable, MigrationFailed, reasonOf } from "./database-errors.ts";
import { migrationsFolder, readMigrations } from "./migration-files.ts";
import { noFilters, withSchemaEngine } from "./schema-engine.ts";

/** Any number, as long as every Lamplighter uses the same: who holds this lock is the one who migrates. */
const migrationLock = 727_469_001;

export interface MigrateOptions {
  readonly url: string;
  /** Where the migrations are; the project's own when absent. */
  readonly folder?: string;
  /** Only these, for data of an older Lamplighter that is to be read in before it is brought up to date. */
  readonly only?: ReadonlySet<string>;
}

/**
 * Brings the tables up to date and says which migrations that took. Two servers that start at once do it one after the
 * other. Throws {@link MigrationFailed} or {@link DatabaseUnavailable}.
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const all = readMigrations(options.folder ?? migrationsFolder);
  const wanted = all.migrationDirectories.filter(({ path }) => options.only?.has(path) ?? true);
  const migrationsList = { ...all, migrationDirectories: wanted };
  const client = new pg.Client({ connectionString: options.url });
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    throw new DatabaseUnavailable(`The database cannot be reached (${codeOf(error) ?? reasonOf(error)}).`, {
      cause: error,
    });
  }
  try {
    await client.query("SELECT pg_advisory_lock($1)", [migrationLock]);
    const names = migrationsList.migrationDirectories.map((directory) => directory.path);
    const { applied, broken } = await readHistory(client);
    if (broken.length === 0 && names.every((name) => applied.has(name))) return [];
    return await withSchemaEngine(options.url, async (engine) => {
      // A migration runs whole or not at all, so one without an end left nothing behind and may simply run again.
      for (const migrationName of broken) await engine.markMigrationRolledBack({ migrationName });
      return (await engine.applyMigrations({ migrationsList, filters: noFilters })).appliedMigrationNames;
    });
  } catch (error) {
    throw new MigrationFailed(`The database tables could not be brought up to date: ${reasonOf(error)}`, {
      cause: error,
    });
  } finally {
    // The lock belongs to the session and goes with it.
    await client.end();
  }
}

/** What Prisma's own table says. Empty when there is no such table yet. */
async function readHistory(client: pg.Client): Promise<{ applied: Set<string>; broken: string[] }> {
  const there = await client.query("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there");
  if (there.rows[0]?.there !== true) return { applied: new Set(), broken: [] };
  const { rows } = await client.query<{ name: string; finished: boolean }>(
    `SELECT migration_name AS name, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  );
  return {
    applied: new Set(rows.filter((row) => row.finished).map((row) => row.name)),
    broken: rows.filter((row) => !row.finished).map((row) => row.name),
  };
}
