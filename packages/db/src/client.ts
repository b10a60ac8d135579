import type { Log } from "@lamplighter/runtime/log";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { checkDataVersion, stampDataVersion } from "./data-version.ts";
import { codeOf, DatabaseUnavailable, reasonOf } from "./database-errors.ts";
import { PrismaClient } from "./generated/client.ts";
import { migrate } from "./migrations.ts";
import { postgresTypes } from "./postgres-types.ts";

/** An open database: Prisma for ordinary reads and writes, the same connections raw for set-based SQL on hot paths. */
export interface Database extends AsyncDisposable {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  /** The migrations that opening it applied, oldest first. */
  readonly migrated: readonly string[];
  close(): Promise<void>;
}

export interface OpenDatabaseOptions {
  /** `postgresql://user:password@host:port/name`: the operator's own, or `(await startEmbeddedDatabase(…)).url`. */
  readonly url: string;
  readonly log: Log;
  /** Connections at most. The embedded database allows 50 in all. */
  readonly connectionsMax?: number;
  /** False leaves tables and data version alone (a backup of a running installation, for example). */
  readonly migrate?: boolean;
  /** Called once the database answers, before anything in it is read or changed. What it throws is thrown on. */
  readonly beforeTables?: () => Promise<void>;
}

const connectWithin = 10_000;
const connectionsMaxDefault = 20;

/**
 * Connects, refuses data of a newer Lamplighter, brings the tables up to date and stamps them.
 *
 * Throws {@link DatabaseUnavailable}, `DataTooNew` or `MigrationFailed`, each with one sentence without a password.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { url, log } = options;
  const where = describe(url);
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connectionsMax ?? connectionsMaxDefault,
    connectionTimeoutMillis: connectWithin,
    types: postgresTypes,
    application_name: "lamplighter",
    onConnect: async (client) => {
      // now() must mean UTC in columns without a zone, whatever this database's own default is.
      await client.query("SET TIME ZONE 'UTC'");
    },
  });
  let closing: Promise<void> | undefined;
  pool.on("error", (error) => {
    // The pool has let its connections go before they are gone: a database that is stopped next cuts them, as it should.
    if (closing === undefined) log.warn("lost an idle database connection", { reason: error.message });
  });
  try {
    await checkServer(pool, where);
    await options.beforeTables?.();
    await checkDataVersion(pool);
    const migrated = options.migrate === false ? [] : await migrate({ url });
    if (options.migrate !== false) await stampDataVersion(pool);
    const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
    const close = () => {
      closing ??= prisma.$disconnect().then(() => pool.end());
      return closing;
    };
    return { prisma, pool, migrated, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

const oldestMajor = 15;

async function checkServer(pool: pg.Pool, where: string): Promise<void> {
  let version: number;
  try {
    const { rows } = await pool.query<{ version: string }>("SELECT current_setting('server_version_num') AS version");
    version = Math.floor(Number(rows[0]?.version) / 10_000);
  } catch (error) {
    throw new DatabaseUnavailable(`The database at ${where} ${whyNot(error)}; check DATABASE_URL.`, { cause: error });
  }
  if (version < oldestMajor) {
    throw new DatabaseUnavailable(
      `The database at ${where} is PostgreSQL ${version}; Lamplighter needs ${oldestMajor} or newer.`,
    );
  }
}

/** PostgreSQL's and the network's codes in an operator's words. */
function whyNot(error: unknown): string {
  const code = codeOf(error) ?? "";
  if (code === "28P01" || code === "28000") return "refuses this user or password";
  if (code === "3D000") return "has no database of that name";
  if (code === "ECONNREFUSED") return "does not answer (nothing listens there)";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "cannot be found (unknown host name)";
  if (code === "53300") return "has no connection left for us";
  if (code === "57P03") return "is still starting";
  return `cannot be reached (${code === "" ? reasonOf(error) : code})`;
}

/** Host, port and name of a database: what may be shown of its address. */
function describe(url: string): string {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new DatabaseUnavailable(
      "DATABASE_URL is not a PostgreSQL address; it must read postgresql://user:password@host:port/name.",
    );
  }
  const { hostname, port, pathname } = new URL(url);
  return `${hostname || "the local socket"}:${port || "5432"}${pathname}`;
}
