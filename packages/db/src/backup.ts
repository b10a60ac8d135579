import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Clock } from "@lamplighter/runtime/clock";
import type pg from "pg";
import { type Pack, pack } from "tar-stream";
import { type BackupEnd, type BackupManifest, BackupRefused, leftOut, rowsInPartMax } from "./backup-format.ts";
import { readDataVersion } from "./data-version.ts";
import { codeOf, reasonOf } from "./database-errors.ts";

export interface BackupOptions {
  readonly pool: pg.Pool;
  /** Where the firmware images are: `ab/abcdef…` below it. */
  readonly blobsFolder: string;
  /** The file to write. An older one of that name is replaced only when the new one is complete. */
  readonly file: string;
  readonly clock: Clock;
}

export interface BackupReport {
  readonly rows: number;
  readonly blobs: number;
  /** Images the database names that are not on disk; the backup is complete but for them. */
  readonly missing: readonly string[];
  readonly bytes: number;
}

/**
 * Writes everything an installation keeps into one file, as it was at one instant; the server may run meanwhile.
 * The file holds password hashes: only its owner may read it. Throws {@link BackupRefused}.
 */
export async function writeBackup(options: BackupOptions): Promise<BackupReport> {
  const { file, pool } = options;
  const draft = `${file}.part-${process.pid}`;
  const client = await pool.connect();
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const archive = pack();
    const written = pipeline(
      archive as unknown as Readable,
      createGzip(),
      createWriteStream(draft, { mode: 0o600, flags: "wx" }),
    );
    // Filling and writing meet in the middle: whichever fails first ends both.
    const filled = fill(archive, client, options).catch((error: unknown) => {
      archive.destroy(error as Error);
      throw error;
    });
    const [found] = await Promise.all([filled, written]);
    await syncFile(draft);
    await rename(draft, file);
    await syncFile(dirname(file));
    return { ...found, bytes: (await stat(file)).size };
  } catch (error) {
    if (error instanceof BackupRefused) throw error;
    throw new BackupRefused(`The backup could not be written to ${file} (${codeOf(error) ?? reasonOf(error)}).`, {
      cause: error,
    });
  } finally {
    // Ends the transaction, whatever state it is in; it only read.
    client.release(true);
    await rm(draft, { force: true });
  }
}

type Found = Omit<BackupReport, "bytes">;

async function fill(archive: Pack, client: pg.PoolClient, options: BackupOptions): Promise<Found> {
  const dataVersion = await readDataVersion(client);
  if (dataVersion === undefined)
    throw new BackupRefused("There is nothing to back up: this database has no Lamplighter in it.");
  const manifest: BackupManifest = {
    format: "lamplighter-backup",
    formatVersion: 1,
    dataVersion,
    migrations: await appliedMigrations(client),
    createdAt: options.clock.now().toISOString(),
  };
  await add(archive, "manifest.json", JSON.stringify(manifest, undefined, 2));
  const rows: Record<string, number> = {};
  for (const table of await tablesOf(client)) rows[table] = await addTable(archive, client, table);
  const { blobs, missing } = await addBlobs(archive, client, options.blobsFolder);
  const end: BackupEnd = { rows, blobs };
  await add(archive, "end.json", JSON.stringify(end));
  archive.finalize();
  return { rows: Object.values(rows).reduce((sum, count) => sum + count, 0), blobs, missing };
}

async function appliedMigrations(client: pg.PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1`,
  );
  return rows.map((row) => row.name);
}

async function tablesOf(client: pg.PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1`,
  );
  return rows.map((row) => row.name).filter((name) => !leftOut.has(name));
}

async function addTable(archive: Pack, client: pg.PoolClient, table: string): Promise<number> {
  await client.query(
    `DECLARE source NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS line FROM ${client.escapeIdentifier(table)} t`,
  );
  let count = 0;
  for (let part = 1; ; part++) {
    const { rows } = await client.query<{ line: string }>(`FETCH ${rowsInPartMax} FROM source`);
    if (rows.length === 0) break;
    count += rows.length;
    await add(
      archive,
      `tables/${table}/${String(part).padStart(6, "0")}.jsonl`,
      rows.map((row) => `${row.line}\n`).join(""),
    );
  }
  await client.query("CLOSE source");
  return count;
}

async function addBlobs(
  archive: Pack,
  client: pg.PoolClient,
  folder: string,
): Promise<{ blobs: number; missing: string[] }> {
  const { rows } = await client.query<{ sha256: string }>(`SELECT "sha256" FROM "Blob" ORDER BY 1`);
  const missing: string[] = [];
  for (const { sha256 } of rows) {
    const path = join(folder, sha256.slice(0, 2), sha256);
    if (!existsSync(path)) missing.push(sha256);
    else await addFile(archive, `blobs/${sha256}`, path);
  }
  return { blobs: rows.length - missing.length, missing };
}

function add(archive: Pack, name: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry({ name, mode: 0o600 }, text, (error) => (error ? reject(error) : resolve()));
  });
}

async function addFile(archive: Pack, name: string, path: string): Promise<void> {
  const { size } = await stat(path);
  await new Promise<void>((resolve, reject) => {
    const entry = archive.entry({ name, size, mode: 0o600 }, (error) => (error ? reject(error) : resolve()));
    pipeline(createReadStream(path), entry as unknown as NodeJS.WritableStream).catch(reject);
  });
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
