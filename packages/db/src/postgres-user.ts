import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseUnavailable } from "./database-errors.ts";
import type { PostgresPrograms } from "./postgres-programs.ts";

/**
 * As whom PostgreSQL's programs run. PostgreSQL refuses to run as root, so a server that is root needs a way round:
 *
 * - `self`: we are not root; nothing to do.
 * - `user`: another user of this machine, who owns the data.
 * - `namespace`: root outside, an ordinary user inside a Linux user namespace; files stay root's. Needs no user to be
 *   created, and works below folders that only root may enter (a clone in `/root`, for example).
 */
export type PostgresUser =
  | { readonly kind: "self" }
  | { readonly kind: "user"; readonly uid: number; readonly gid: number }
  | { readonly kind: "namespace"; readonly uid: number };

export interface PostgresUserChoice {
  readonly programs: PostgresPrograms;
  /** The folder that holds, or will hold, the cluster's folder. It exists. */
  readonly dataFolder: string;
  /** The cluster's folder, when there is one already: whoever owns it stays its owner. */
  readonly cluster?: string;
}

/** The user that a machine without one gets, when nothing else is possible. */
const createdUser = "lamplighter-db";

/** Decides as whom PostgreSQL runs. Throws {@link DatabaseUnavailable} with what to do when there is no way. */
export function choosePostgresUser(choice: PostgresUserChoice): PostgresUser {
  if (process.getuid?.() !== 0) return { kind: "self" };
  if (choice.cluster !== undefined) {
    const { uid, gid } = statSync(choice.cluster);
    if (uid === 0) return namespaceUser(choice.programs) ?? refuse(choice, "its files belong to root");
    const blocked = closedTo(choice, { uid, gid });
    if (blocked === undefined) return { kind: "user", uid, gid };
    return refuse(choice, `${blocked} is closed to the user with id ${uid}, who owns its files`);
  }
  const existing = findUser("postgres") ?? findUser(createdUser);
  if (existing !== undefined && closedTo(choice, existing) === undefined) return { kind: "user", ...existing };
  const inNamespace = namespaceUser(choice.programs);
  if (inNamespace !== undefined) return inNamespace;
  const user = existing ?? createUser();
  const blocked = user === undefined ? undefined : closedTo(choice, user);
  if (user !== undefined && blocked === undefined) return { kind: "user", ...user };
  return refuse(choice, blocked === undefined ? "no user could be created for it" : `${blocked} is open to root only`);
}

function refuse(choice: PostgresUserChoice, why: string): never {
  throw new DatabaseUnavailable(
    `The embedded database cannot run as root and ${why}: start Lamplighter as an ordinary user, ` +
      `or keep it and its data folder (${choice.dataFolder}) where other users may enter, or set DATABASE_URL.`,
  );
}

/** The first folder on the way to the programs or the data that this user may not enter. */
function closedTo(choice: PostgresUserChoice, user: { uid: number; gid: number }): string | undefined {
  for (const start of [dirname(choice.programs.postgres), choice.dataFolder]) {
    for (let folder = start; ; folder = dirname(folder)) {
      const { mode, uid, gid } = statSync(folder);
      const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return folder;
      if (folder === dirname(folder)) break;
    }
  }
  return undefined;
}

/** PostgreSQL looks its own user up by name, so the id inside the namespace must be one that the machine knows. */
function namespaceUser(programs: PostgresPrograms): PostgresUser | undefined {
  if (process.platform !== "linux") return undefined;
  const uid = findUser("nobody")?.uid;
  if (uid === undefined) return undefined;
  const user = { kind: "namespace", uid } as const;
  const { command, args } = asUser(user, programs.postgres, ["--version"]);
  return spawnSync(command, args, { stdio: "ignore" }).status === 0 ? user : undefined;
}

/** The command line that runs a program as the chosen user. For `user` the ids go to `spawn` itself. */
export function asUser(
  user: PostgresUser,
  program: string,
  args: readonly string[],
): { command: string; args: string[] } {
  if (user.kind !== "namespace") return { command: program, args: [...args] };
  const map = ["--user", `--map-user=${user.uid}`, `--map-group=${user.uid}`];
  return { command: "unshare", args: [...map, "--", program, ...args] };
}

function findUser(name: string): { uid: number; gid: number } | undefined {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

function createUser(): { uid: number; gid: number } | undefined {
  spawnSync("useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", createdUser], {
    stdio: "ignore",
  });
  return findUser(createdUser);
}
