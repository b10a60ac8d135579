import type pg from "pg";
import { DataTooNew } from "./database-errors.ts";

/**
 * Which shape of data this code reads and writes. Raised by one with every migration after which older code would
 * misread the data.
 */
export const dataVersion = 4;

/** Refuses data that newer code wrote. Call it before migrating: older code must not touch newer tables. */
export async function checkDataVersion(pool: pg.Pool | pg.ClientBase): Promise<void> {
  const stored = await readDataVersion(pool);
  if (stored !== undefined && stored > dataVersion) {
    throw new DataTooNew(
      `This data was written by a newer Lamplighter (data version ${stored}; this one reads up to ${dataVersion}): start the newer one, or restore an older backup.`,
    );
  }
}

/** Writes which code this data belongs to now, and makes the installation's one row if it is not there. */
export async function stampDataVersion(pool: pg.Pool | pg.ClientBase): Promise<void> {
  await pool.query(
    `INSERT INTO "Installation" ("id", "dataVersion") VALUES (1, $1)
     ON CONFLICT ("id") DO UPDATE SET "dataVersion" = EXCLUDED."dataVersion"
     WHERE "Installation"."dataVersion" < EXCLUDED."dataVersion"`,
    [dataVersion],
  );
}

/** Undefined for a database that has no Lamplighter in it yet. */
export async function readDataVersion(pool: pg.Pool | pg.ClientBase): Promise<number | undefined> {
  const table = await pool.query(`SELECT to_regclass('"Installation"') IS NOT NULL AS there`);
  if (table.rows[0]?.there !== true) return undefined;
  const { rows } = await pool.query<{ dataVersion: number }>(`SELECT "dataVersion" FROM "Installation" WHERE "id" = 1`);
  return rows[0]?.dataVersion;
}
