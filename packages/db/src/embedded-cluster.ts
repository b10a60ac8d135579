import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { codeOf, DatabaseUnavailable, reasonOf } from "./database-errors.ts";
import { makeFolder } from "./make-folder.ts";
import { type PostgresPrograms, postgresMajor } from "./postgres-programs.ts";
import { asUser, type PostgresUser } from "./postgres-user.ts";

/** Where the cluster's files are (or will be), and the password of its one user. */
export interface ClusterPlace {
  readonly cluster: string;
  readonly password: string;
}

/** Makes the data folder ready: there, writable, with a password. Throws {@link DatabaseUnavailable} when it cannot. */
export function prepareDataFolder(dataFolder: string): ClusterPlace {
  const folder = resolve(dataFolder);
  const cluster = join(folder, `postgres-${postgresMajor}`);
  const passwordFile = join(folder, "database-password");
  try {
    // Others may pass through (PostgreSQL may have to run as another user) but not look around.
    makeFolder(folder, 0o711);
    if (!existsSync(passwordFile)) {
      if (existsSync(cluster))
        throw new DatabaseUnavailable(`The password file ${passwordFile} is missing; put it back from a backup.`);
      createOnce(passwordFile, randomBytes(24).toString("hex"));
    }
    const other = readdirSync(folder).find((name) => /^postgres-\d+$/.test(name) && join(folder, name) !== cluster);
    if (other !== undefined && !existsSync(cluster)) {
      throw new DatabaseUnavailable(
        `The data folder holds ${other}, written by another version of PostgreSQL; make a backup with the Lamplighter that wrote it and restore that here.`,
      );
    }
    // A copy made without its modes: PostgreSQL refuses a cluster that others may look into, and so should we.
    if (existsSync(cluster)) closeToOthers(cluster);
    closeToOthers(passwordFile);
    return { cluster, password: readFileSync(passwordFile, "utf8").trim() };
  } catch (error) {
    if (error instanceof DatabaseUnavailable) throw error;
    throw new DatabaseUnavailable(
      `The data folder ${folder} cannot be used by this user (${codeOf(error) ?? reasonOf(error)}); make it writable or choose another.`,
      { cause: error },
    );
  }
}

function closeToOthers(path: string): void {
  const { mode } = statSync(path);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) chmodSync(path, mode & 0o700);
}

/** Writes a file that only its owner may read, whole or not at all; whoever comes second keeps the first one's. */
function createOnce(path: string, text: string): void {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    rmSync(draft);
  }
}

export interface NewCluster extends ClusterPlace {
  readonly programs: PostgresPrograms;
  readonly user: PostgresUser;
  readonly durable: boolean;
}

/**
 * Creates the cluster's files with `initdb`, in a draft folder that is renamed when it is complete: a process killed in
 * the middle leaves a draft, never half a database.
 */
export async function createCluster(options: NewCluster): Promise<void> {
  const { programs, user, cluster } = options;
  const mark = `${process.pid}-${randomBytes(4).toString("hex")}`;
  const draft = `${cluster}.draft-${mark}`;
  const passwordFile = `${cluster}.password-${mark}`;
  removeOldDrafts(cluster);
  try {
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(passwordFile, options.password, { mode: 0o600 });
    if (user.kind === "user") {
      chownSync(draft, user.uid, user.gid);
      chownSync(passwordFile, user.uid, user.gid);
    }
    const { command, args } = asUser(user, programs.initdb, [
      `--pgdata=${draft}`,
      `--pwfile=${passwordFile}`,
      "--username=lamplighter",
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      // PostgreSQL's own Unicode tables: the same order and the same lower() on every machine.
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      ...(options.durable ? [] : ["--no-sync"]),
    ]);
    await run(command, args, user);
    moveIntoPlace(draft, cluster);
  } catch (error) {
    if (error instanceof DatabaseUnavailable) throw error;
    throw new DatabaseUnavailable(`The embedded database could not be created in ${cluster}: ${reasonOf(error)}`, {
      cause: error,
    });
  } finally {
    rmSync(draft, { recursive: true, force: true });
    rmSync(passwordFile, { force: true });
  }
}

/** Two servers may start on an empty folder at once: the first to finish wins, and both use its cluster. */
function moveIntoPlace(draft: string, cluster: string): void {
  try {
    renameSync(draft, cluster);
  } catch (error) {
    if (!existsSync(join(cluster, "PG_VERSION"))) throw error;
  }
}

function removeOldDrafts(cluster: string): void {
  const folder = resolve(cluster, "..");
  for (const name of readdirSync(folder)) {
    const pid = /^postgres-\d+\.(?:draft|password)-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !runs(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

function run(command: string, args: string[], user: PostgresUser): Promise<void> {
  return new Promise((done, fail) => {
    const ids = user.kind === "user" ? { uid: user.uid, gid: user.gid } : {};
    const env = { PATH: process.env.PATH ?? "", LC_ALL: "C", NODE_ENV: "production" as const };
    const child = spawn(command, args, { ...ids, cwd: "/", env, stdio: ["ignore", "ignore", "pipe"] });
    let complaints = "";
    child.stderr.on("data", (chunk: Buffer) => {
      complaints = (complaints + chunk.toString("utf8")).slice(-2_000);
    });
    child.once("error", fail);
    child.once("close", (code, signal) => {
      if (code === 0) done();
      else fail(new Error(complaints.trim().split("\n").at(-1) || `initdb ended with ${signal ?? code}`));
    });
  });
}
