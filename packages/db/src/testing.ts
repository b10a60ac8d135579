import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@lamplighter/runtime/log";
import { systemClock } from "@lamplighter/runtime/system-clock";
import pg from "pg";
import { type Database, openDatabase } from "./client.ts";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "./embedded-database.ts";

/** A fresh migrated database on a real PostgreSQL, for one test file; `await using` takes it away again. */
export interface TestDatabase extends Database {
  readonly url: string;
}

/** The variable in which {@link startTestPostgres} tells the tests of one run where their PostgreSQL is. */
const urlVariable = "LAMPLIGHTER_TEST_POSTGRES";
const template = "lamplighter";

/**
 * Starts one temporary PostgreSQL for a whole test run. Use it as vitest's `globalSetup`
 * (`globalSetup: ["@lamplighter/db/testing-setup"]`), so that each test file only copies a database.
 */
export async function startTestPostgres(): Promise<() => Promise<void>> {
  const started = await startTemporary();
  process.env[urlVariable] = started.database.url;
  return started.stop;
}

/** Makes a migrated, empty database in some tens of milliseconds; starts a PostgreSQL of its own when the run has none. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const shared = process.env[urlVariable];
  const own = shared === undefined ? await startTemporary() : undefined;
  const server = new URL(shared ?? own?.database.url ?? "");
  const name = `test_${randomBytes(6).toString("hex")}`;
  await administer(server, `CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  const database = await openDatabase({ url, log: silentLog, connectionsMax: 5 });
  const close = async () => {
    await database.close();
    await administer(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    await own?.stop();
  };
  return { ...database, url, close, [Symbol.asyncDispose]: close };
}

/** A folder for one test, which another user's PostgreSQL may enter too. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "lamplighter-"));
  chmodSync(path, 0o711);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

async function startTemporary(): Promise<{ database: EmbeddedDatabase; stop: () => Promise<void> }> {
  const folder = temporaryFolder();
  const database = await startEmbeddedDatabase({
    dataFolder: folder.path,
    clock: systemClock(),
    log: silentLog,
    durable: false,
  });
  const migrated = await openDatabase({ url: database.url, log: silentLog });
  await migrated.close();
  return {
    database,
    stop: async () => {
      await database.stop();
      folder[Symbol.dispose]();
    },
  };
}

/** Copying a database needs it unused, and two copies at once may still see each other: the server is asked again. */
async function administer(server: URL, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: Object.assign(new URL(server), { pathname: "/postgres" }).href });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock(727469002)");
    await client.query(sql);
  } finally {
    await client.end();
  }
}
