import type { Clock } from "@lamplighter/runtime/clock";
import type { Log } from "@lamplighter/runtime/log";
import pg from "pg";
import { startEmbeddedDatabase } from "./embedded-database.ts";

export interface BorrowOptions {
  /** The operator's own database; the installation's embedded one when undefined. */
  readonly databaseUrl: string | undefined;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Uses the installation's database for one errand, beside a running server or without one.
 *
 * An embedded database that runs is left running; one that had to be started is stopped again, unless a server has
 * meanwhile begun to use it.
 */
export async function borrowDatabase<T>(options: BorrowOptions, errand: (url: string) => Promise<T>): Promise<T> {
  if (options.databaseUrl !== undefined) return await errand(options.databaseUrl);
  const embedded = await startEmbeddedDatabase(options);
  try {
    return await errand(embedded.url);
  } finally {
    if (embedded.how === "started" && !(await isUsed(embedded.url))) await embedded.stop();
  }
}

async function isUsed(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ others: bigint }>(
      `SELECT count(*)::int AS others FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND application_name = 'lamplighter'`,
    );
    return Number(rows[0]?.others ?? 0) > 0;
  } finally {
    await client.end();
  }
}
