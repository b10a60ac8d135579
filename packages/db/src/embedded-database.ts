import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import type { Clock } from "@lamplighter/runtime/clock";
import { seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import pg from "pg";
import { codeOf, DatabaseUnavailable, reasonOf } from "./database-errors.ts";
import { createCluster, prepareDataFolder } from "./embedded-cluster.ts";
import { findPostgresPrograms, type PostgresPrograms } from "./postgres-programs.ts";
import { asUser, choosePostgresUser, type PostgresUser } from "./postgres-user.ts";
import { type PostmasterFile, readPostmasterFile } from "./postmaster-file.ts";
import { until } from "./until.ts";

export interface EmbeddedDatabaseOptions {
  /** Everything the installation keeps. The cluster goes into `postgres-18` below it, the password beside it. */
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** False gives up safety against power cuts for speed. For tests only. */
  readonly durable?: boolean;
}

/** A PostgreSQL that runs for us: a child of this process, or one that an earlier server left running. */
export interface EmbeddedDatabase {
  /** Where it is, password included: never log it. */
  readonly url: string;
  readonly how: "started" | "adopted";
  readonly pid: number;
  readonly port: number;
  /** Ends it in order (a "fast" shutdown: open transactions are rolled back). Close your pools first. */
  stop(): Promise<void>;
}

export const databaseName = "lamplighter";
const superuser = "lamplighter";
/** Any number, as long as every Lamplighter uses the same. */
const createLock = 727_469_003;

/** Recovery after a power cut replays the log, so a start may take long; a healthy one takes well under a second. */
const startWithin = seconds(120);
const stopWithin = seconds(60);
const startAttemptsMax = 5;

/**
 * Starts the installation's own PostgreSQL, or adopts the one that outlived a killed server.
 *
 * It listens on 127.0.0.1 only, on a port the system picks, with a random password kept in a file that only its owner
 * may read. Throws {@link DatabaseUnavailable} with one sentence for the operator.
 */
export async function startEmbeddedDatabase(given: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const options = { ...given, dataFolder: resolve(given.dataFolder) };
  const programs = findPostgresPrograms();
  const { cluster, password } = prepareDataFolder(options.dataFolder);
  const exists = existsSync(join(cluster, "PG_VERSION"));
  const user = choosePostgresUser({ programs, dataFolder: options.dataFolder, ...(exists ? { cluster } : {}) });
  if (!exists) await createCluster({ programs, user, cluster, password, durable: options.durable !== false });

  const database = new Cluster(options, cluster, password);
  for (let attempt = 1; ; attempt++) {
    const found = await database.adopt();
    if (found !== undefined) return found;
    const started = await database.start(programs, user);
    if (started.kind === "running") return started.database;
    // Another process that started the same cluster a moment earlier, or one that took the port, is no failure yet.
    const again = /already in use|lock file .* already exists/i.test(started.output);
    if (!again || attempt >= startAttemptsMax) {
      throw new DatabaseUnavailable(`The embedded database did not start: ${lastLine(started.output)}`);
    }
  }
}

class Cluster {
  readonly #options: EmbeddedDatabaseOptions;
  readonly #folder: string;
  readonly #password: string;

  constructor(options: EmbeddedDatabaseOptions, folder: string, password: string) {
    this.#options = options;
    this.#folder = folder;
    this.#password = password;
  }

  /** Takes over a database that runs on this cluster; removes what a dead one left behind. */
  async adopt(): Promise<EmbeddedDatabase | undefined> {
    const { clock } = this.#options;
    const settled = await until(clock, startWithin, () => {
      const file = readPostmasterFile(this.#folder);
      if (file === undefined) return "gone" as const;
      if (!this.#isAlive(file.pid)) {
        // PostgreSQL itself refuses to start when the number in the file now belongs to some other process of its user.
        if (readPostmasterFile(this.#folder)?.pid === file.pid)
          rmSync(join(this.#folder, "postmaster.pid"), { force: true });
        return "gone" as const;
      }
      return file.status === "ready" ? file : undefined;
    });
    if (settled === undefined) {
      throw new DatabaseUnavailable(
        `A database on ${this.#folder} is starting or stopping since ${startWithin / 1_000} s; look at ${this.#logFile}.`,
      );
    }
    if (settled === "gone") return undefined;
    await this.#prove(settled);
    await this.#createDatabase(settled.port);
    return this.#running(settled, "adopted");
  }

  async start(programs: PostgresPrograms, user: PostgresUser): Promise<StartOutcome> {
    const { clock, log } = this.#options;
    const port = await freePort();
    if (existsSync(this.#logFile)) renameSync(this.#logFile, `${this.#logFile}.old`);
    const output = openSync(this.#logFile, "a", 0o600);
    const { command, args } = asUser(user, programs.postgres, ["-D", this.#folder, ...this.#settings(port)]);
    const child = spawn(command, args, {
      // Its own process group: Ctrl-C must reach the server, which then stops its database last.
      detached: true,
      stdio: ["ignore", output, output],
      cwd: "/",
      env: { PATH: process.env.PATH ?? "", LC_ALL: "C", NODE_ENV: "production" as const },
      ...(user.kind === "user" ? { uid: user.uid, gid: user.gid } : {}),
    });
    closeSync(output);
    child.unref();
    const ended = watchEnd(child);
    const file = await until(clock, startWithin, () => {
      if (ended.how !== undefined) return "ended" as const;
      const found = readPostmasterFile(this.#folder);
      return found?.status === "ready" && found.pid === child.pid ? found : undefined;
    });
    if (file === undefined || file === "ended") {
      if (file === undefined) child.kill("SIGQUIT");
      return { kind: "ended", output: `${this.#readLog()}\n${ended.how ?? "it was not ready in time"}` };
    }
    await this.#createDatabase(file.port);
    log.info("started the embedded database", { pid: file.pid, port: file.port });
    return { kind: "running", database: this.#running(file, "started") };
  }

  #running(file: PostmasterFile, how: "started" | "adopted"): EmbeddedDatabase {
    return {
      url: this.#url(file.port),
      how,
      pid: file.pid,
      port: file.port,
      stop: () => this.#stop(file.pid),
    };
  }

  async #stop(pid: number): Promise<void> {
    const isOver = () => (readPostmasterFile(this.#folder)?.pid !== pid || !this.#isAlive(pid) ? true : undefined);
    if (isOver()) return;
    process.kill(pid, "SIGINT");
    if (await until(this.#options.clock, stopWithin, isOver)) return;
    this.#options.log.warn("the embedded database did not stop in time and is ended at once", { pid });
    process.kill(pid, "SIGQUIT");
  }

  #settings(port: number): string[] {
    const settings: Record<string, string | number> = {
      port,
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      max_connections: 50,
      shared_buffers: "64MB",
      work_mem: "8MB",
      maintenance_work_mem: "64MB",
      max_wal_size: "512MB",
      wal_compression: "on",
      timezone: "UTC",
      log_timezone: "UTC",
      // Expected errors (a unique index that did its work) are no news and may quote data.
      log_min_messages: "log",
      log_min_error_statement: "panic",
      log_checkpoints: "off",
      ...(this.#options.durable === false ? { fsync: "off", synchronous_commit: "off", full_page_writes: "off" } : {}),
    };
    return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  }

  get #logFile(): string {
    return `${this.#folder}.log`;
  }

  #readLog(): string {
    return readFileSync(this.#logFile, "utf8").slice(-4_000);
  }

  #url(port: number, name = databaseName): string {
    return `postgresql://${superuser}:${this.#password}@127.0.0.1:${port}/${name}`;
  }

  /** Is this process alive, and PostgreSQL on our folder rather than a stranger who got a dead one's number? */
  #isAlive(pid: number): boolean {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if (codeOf(error) === "ESRCH") return false;
      if (codeOf(error) !== "EPERM") throw error;
    }
    if (process.platform !== "linux") return true;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(this.#folder);
    } catch (error) {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ESRCH") return false;
      throw error;
    }
  }

  /** The password fits and the data folder is ours, so this is our database and nobody else's. */
  async #prove(file: PostmasterFile): Promise<void> {
    const { rows } = await this.#ask(file.port, (client) => client.query("SHOW data_directory"));
    const folder = rows[0]?.data_directory;
    if (typeof folder === "string" && statSync(folder).ino === statSync(this.#folder).ino) return;
    throw new DatabaseUnavailable(
      `The database on port ${file.port} keeps its data elsewhere, not in ${this.#folder}.`,
    );
  }

  /** Two servers may come to this at once: the second waits for the first and finds it done. */
  async #createDatabase(port: number): Promise<void> {
    await this.#ask(port, async (client) => {
      await client.query("SELECT pg_advisory_lock($1)", [createLock]);
      const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [databaseName]);
      if (rowCount === 0) await client.query(`CREATE DATABASE "${databaseName}"`);
    });
  }

  async #ask<T>(port: number, ask: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.#url(port, "postgres") });
    try {
      await client.connect();
      return await ask(client);
    } catch (error) {
      throw new DatabaseUnavailable(
        `The embedded database on port ${port} runs but does not serve us (${reasonOf(error)}); its password is kept beside ${this.#folder}.`,
        { cause: error },
      );
    } finally {
      await client.end();
    }
  }
}

type StartOutcome =
  | { readonly kind: "running"; readonly database: EmbeddedDatabase }
  | { readonly kind: "ended"; readonly output: string };

function watchEnd(child: ChildProcess): { readonly how?: string } {
  const end: { how?: string } = {};
  child.once("exit", (code, signal) => {
    end.how = `it ended with ${signal ?? `code ${code}`}`;
  });
  child.once("error", (error) => {
    end.how = error.message;
  });
  return end;
}

/** The line of PostgreSQL's output that says what is wrong. */
function lastLine(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.findLast((line) => /FATAL|PANIC|error/i.test(line)) ?? lines.at(-1) ?? "it said nothing";
}

/** A port that is free now. Between here and PostgreSQL's own bind another may take it; then the start is tried again. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
