import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import pg from "pg";
import { extract, type Header } from "tar-stream";
import { z } from "zod";
import { BackupRefused, leftOut } from "./backup-format.ts";
import { dataVersion, stampDataVersion } from "./data-version.ts";
import { codeOf, DataTooNew, reasonOf } from "./database-errors.ts";
import { readMigrations } from "./migration-files.ts";
import { migrate } from "./migrations.ts";
import { takeServerLock } from "./server-lock.ts";

export interface RestoreOptions {
  readonly url: string;
  readonly blobsFolder: string;
  readonly file: string;
  /** Replace what the installation holds. Without it only an empty one is filled. */
  readonly force: boolean;
}

export interface RestoreReport {
  readonly rows: number;
  readonly blobs: number;
  readonly createdAt: string;
}

const manifestShape = z.object({
  format: z.literal("lamplighter-backup"),
  formatVersion: z.literal(1),
  dataVersion: z.int().min(1),
  migrations: z.array(z.string().max(200)).min(1).max(10_000),
  createdAt: z.string(),
});
const endShape = z.object({ rows: z.record(z.string(), z.int().min(0)), blobs: z.int().min(0) });

/** Manifest, end and one part of a table are read whole; this is the most that any of them may be. */
const textBytesMax = 256 * 1024 * 1024;
/** What stood here before waits under this name until the backup is in, and comes back when it is refused. */
const asideSchema = "lamplighter_before_restore";

/**
 * Fills an installation from a backup. All of the database changes or nothing does: what was there comes back when
 * the file turns out to be damaged. Throws {@link BackupRefused} or `DataTooNew`.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  const client = new pg.Client({ connectionString: options.url });
  // A connection that breaks is reported by the query that needs it.
  client.on("error", () => {});
  await client.connect();
  try {
    if (!(await takeServerLock(client))) {
      throw new BackupRefused("A Lamplighter server works with this database; stop it before restoring.");
    }
    await putBack(client);
    if (!options.force) await refuseUnlessEmpty(client);
    await client.query(`ALTER SCHEMA public RENAME TO ${asideSchema}`);
    await client.query("CREATE SCHEMA public");
    try {
      const report = await readArchive(client, options);
      await migrate({ url: options.url });
      await stampDataVersion(client);
      await client.query(`DROP SCHEMA ${asideSchema} CASCADE`);
      return report;
    } catch (error) {
      await putBack(client);
      throw error;
    }
  } catch (error) {
    if (error instanceof BackupRefused || error instanceof DataTooNew) throw error;
    if (codeOf(error)?.startsWith("Z_") === true) {
      throw new BackupRefused(`${options.file} is no backup of Lamplighter, or is damaged; nothing was changed.`, {
        cause: error,
      });
    }
    throw new BackupRefused(
      `${options.file} could not be restored (${codeOf(error) ?? reasonOf(error)}); nothing was changed.`,
      {
        cause: error,
      },
    );
  } finally {
    await client.end();
  }
}

/** After a refusal, or at the next try after a restore that was killed. */
async function putBack(client: pg.Client): Promise<void> {
  await client.query("ROLLBACK");
  const { rows } = await client.query(`SELECT FROM pg_namespace WHERE nspname = '${asideSchema}'`);
  if (rows.length === 0) return;
  await client.query(`BEGIN; DROP SCHEMA public CASCADE; ALTER SCHEMA ${asideSchema} RENAME TO public; COMMIT`);
}

async function refuseUnlessEmpty(client: pg.Client): Promise<void> {
  for (const table of ["User", "Device", "Campaign", "Package"]) {
    const there = await client.query("SELECT to_regclass($1) IS NOT NULL AS there", [`"${table}"`]);
    if (there.rows[0]?.there !== true) continue;
    const { rowCount } = await client.query(`SELECT FROM "${table}" LIMIT 1`);
    if (rowCount !== 0) {
      throw new BackupRefused("This installation is not empty; --force replaces everything in it by the backup.");
    }
  }
}

async function readArchive(client: pg.Client, options: RestoreOptions): Promise<RestoreReport> {
  const archive = extract();
  const fed = pipeline(createReadStream(options.file), createGunzip(), archive as unknown as NodeJS.WritableStream);
  // Awaited below; a file that breaks off must not be an unhandled rejection meanwhile.
  fed.catch(() => {});
  const loader = new Loader(client, options);
  for await (const entry of archive as AsyncIterable<Entry>) await loader.take(entry);
  await fed;
  return await loader.finish();
}

/** One file of the archive, as it comes by. */
type Entry = Readable & { readonly header: Header };

class Loader {
  readonly #client: pg.Client;
  readonly #options: RestoreOptions;
  readonly #rows = new Map<string, number>();
  #blobs = 0;
  #manifest: z.infer<typeof manifestShape> | undefined;
  #end: z.infer<typeof endShape> | undefined;
  #tables: ReadonlySet<string> = new Set();

  constructor(client: pg.Client, options: RestoreOptions) {
    this.#client = client;
    this.#options = options;
  }

  async take(entry: Entry): Promise<void> {
    const [folder, name, part] = entry.header.name.split("/");
    if (this.#manifest === undefined) {
      if (entry.header.name !== "manifest.json") throw notABackup(this.#options.file);
      await this.#begin(manifestShape.safeParse(JSON.parse(await text(entry))));
    } else if (folder === "tables" && name !== undefined && part !== undefined && this.#tables.has(name)) {
      await this.#loadRows(name, await text(entry));
    } else if (folder === "blobs" && name !== undefined && /^[0-9a-f]{64}$/.test(name)) {
      await this.#loadBlob(name, entry);
    } else if (entry.header.name === "end.json") {
      this.#end = endShape.parse(JSON.parse(await text(entry)));
    } else {
      throw new BackupRefused(
        `${this.#options.file} holds ${entry.header.name}, which this Lamplighter does not know.`,
      );
    }
  }

  async finish(): Promise<RestoreReport> {
    const { file } = this.#options;
    if (this.#manifest === undefined) throw notABackup(file);
    const counted = (table: string) => this.#rows.get(table) ?? 0;
    const complete =
      this.#end !== undefined && Object.entries(this.#end.rows).every(([table, rows]) => counted(table) === rows);
    if (!complete || this.#blobs !== this.#end?.blobs) {
      throw new BackupRefused(`${file} is incomplete: it was cut short or damaged; nothing was changed.`);
    }
    // Checks every row's keys, all at once.
    await this.#client.query("SET CONSTRAINTS ALL IMMEDIATE");
    await this.#client.query(foreignKeys("NOT DEFERRABLE"));
    // What comes next is numbered after the last restored one.
    for (const table of ["Event", "BootstrapRecord"]) {
      // An older backup may be of a time before the table.
      if (!this.#rows.has(table)) continue;
      await this.#client.query(
        `SELECT setval('"${table}_seq_seq"', (SELECT max("seq") FROM "${table}")) FROM "${table}" LIMIT 1`,
      );
    }
    await this.#client.query("COMMIT");
    const rows = [...this.#rows.values()].reduce((sum, count) => sum + count, 0);
    return { rows, blobs: this.#blobs, createdAt: this.#manifest.createdAt };
  }

  async #begin(parsed: z.ZodSafeParseResult<z.infer<typeof manifestShape>>): Promise<void> {
    if (!parsed.success) throw notABackup(this.#options.file);
    const manifest = parsed.data;
    if (manifest.dataVersion > dataVersion) {
      throw new DataTooNew(
        `${this.#options.file} was written by a newer Lamplighter (data version ${manifest.dataVersion}; this one reads up to ${dataVersion}): restore it with that one.`,
      );
    }
    const known = new Set(readMigrations().migrationDirectories.map((directory) => directory.path));
    if (!manifest.migrations.every((name) => known.has(name))) {
      throw new DataTooNew(
        `${this.#options.file} holds tables that this Lamplighter does not know: restore it with a newer one.`,
      );
    }
    this.#manifest = manifest;
    await migrate({ url: this.#options.url, only: new Set(manifest.migrations) });
    const client = this.#client;
    const { rows } = await client.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()`,
    );
    this.#tables = new Set(rows.map((row) => row.name).filter((name) => !leftOut.has(name)));
    await client.query("BEGIN");
    // Tables come in the order of their names; only at the end must every row find the one it points to.
    await client.query(foreignKeys("DEFERRABLE"));
    await client.query("SET CONSTRAINTS ALL DEFERRED");
  }

  async #loadRows(table: string, lines: string): Promise<void> {
    const name = this.#client.escapeIdentifier(table);
    const array = `[${lines.trimEnd().replaceAll("\n", ",")}]`;
    const { rowCount } = await this.#client.query(
      `INSERT INTO ${name} SELECT * FROM json_populate_recordset(NULL::${name}, $1::json)`,
      [array],
    );
    this.#rows.set(table, (this.#rows.get(table) ?? 0) + (rowCount ?? 0));
  }

  async #loadBlob(sha256: string, entry: Entry): Promise<void> {
    const folder = join(this.#options.blobsFolder, sha256.slice(0, 2));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const draft = join(folder, `${sha256}.part-${process.pid}`);
    const hash = createHash("sha256");
    try {
      await pipeline(
        entry as unknown as Readable,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            yield chunk;
          }
        },
        createWriteStream(draft, { mode: 0o600, flush: true }),
      );
      if (hash.digest("hex") !== sha256) {
        throw new BackupRefused(
          `The firmware image ${sha256.slice(0, 12)}… in ${this.#options.file} is damaged; nothing was changed.`,
        );
      }
      await rename(draft, join(folder, sha256));
    } finally {
      await rm(draft, { force: true });
    }
    this.#blobs++;
  }
}

const foreignKeys = (mode: "DEFERRABLE" | "NOT DEFERRABLE") => `
  DO $$ DECLARE key record; BEGIN
    FOR key IN SELECT conrelid::regclass AS owner, conname AS name FROM pg_constraint
      WHERE contype = 'f' AND connamespace = current_schema()::regnamespace LOOP
      EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I ${mode}', key.owner, key.name);
    END LOOP;
  END $$`;

function notABackup(file: string): BackupRefused {
  return new BackupRefused(`${file} is not a backup of Lamplighter.`);
}

async function text(entry: Entry): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of entry as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > textBytesMax)
      throw new BackupRefused(`${entry.header.name} in the backup is larger than any that Lamplighter writes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
