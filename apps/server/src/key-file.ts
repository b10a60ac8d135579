import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { forgetSealedKeys, hasSealedKeys, isKeyOfThisData } from "@lamplighter/api/security/key-check";
import type { PrismaClient } from "@lamplighter/db/generated/client";
import type { Log } from "@lamplighter/runtime/log";
import { boxKeyBytes, deriveKey, SealedBox } from "@lamplighter/runtime/sealed-box";
import type { Config } from "./config.ts";
import { StartFailure } from "./start-failure.ts";

type KeyConfig = Pick<Config, "masterKey" | "masterKeyFile" | "dataFolder" | "forgetKeys">;

/** What the installation's one master key locks: each under a key of its own, so that one says nothing of the other. */
export interface MasterKey {
  /** Keys of lights, in the database. */
  readonly credentials: SealedBox;
  /** What DTLS sessions are continued with after a restart. */
  readonly sessions: SealedBox;
}

/**
 * Opens the locks of this installation, and refuses to start with a key that is not its own.
 *
 * The key is never in the database and never in a backup: who finds one of these has no key of a light. `mayMake`: a new
 * installation gets a key in its data folder, readable for this user alone.
 */
export async function openMasterKey(
  config: KeyConfig,
  {
    db,
    log,
    at,
    mayMake,
  }: { readonly db: PrismaClient; readonly log: Log; readonly at: Date; readonly mayMake: boolean },
): Promise<MasterKey> {
  const found = readMasterKey(config, log);
  const { place } = found;
  if (config.forgetKeys) {
    if (!mayMake) throw new StartFailure("--forget-keys is for the main server: this one only uses its keys.");
    // Left in a service file it would throw away good keys at each start.
    if (found.key && (await hasSealedKeys(db)) && (await isKeyOfThisData(db, boxUnder(found.key, "credentials")))) {
      log.warn("The master key opens the keys of lights, so they are kept; --forget-keys is for one that is lost.");
    } else {
      const keys = await forgetSealedKeys(db, at);
      log.warn("Threw away the keys of lights, as --forget-keys says; these lights need new ones.", { keys });
    }
  }
  if (!found.key && (!mayMake || (await hasSealedKeys(db)))) {
    throw new StartFailure(
      `The master key ${place} is missing, and this data was sealed with one. Put it back, or set LAMPLIGHTER_KEY or LAMPLIGHTER_KEY_FILE; if it is lost, start once with --forget-keys, and give the lights new keys.`,
    );
  }
  const master = found.key ?? makeMasterKey(place);
  const credentials = boxUnder(master, "credentials");
  if (!(await isKeyOfThisData(db, credentials))) {
    throw new StartFailure(
      `The master key ${place} is not the one that this data was sealed with. Give the former one by LAMPLIGHTER_KEY or LAMPLIGHTER_KEY_FILE; if it is lost, start once with --forget-keys, and give the lights new keys.`,
    );
  }
  const sessions = boxUnder(master, "sessions");
  master.fill(0);
  return { credentials, sessions };
}

const boxUnder = (master: Uint8Array, purpose: string) =>
  new SealedBox({ key: deriveKey(master, purpose), randomBytes });

function readMasterKey({ masterKey, masterKeyFile, dataFolder }: KeyConfig, log: Log): { place: string; key?: Buffer } {
  if (masterKey !== undefined) return { place: "of LAMPLIGHTER_KEY", key: keyFrom(masterKey, "LAMPLIGHTER_KEY") };
  const file = masterKeyFile === undefined ? join(dataFolder, "master.key") : resolve(masterKeyFile);
  const place = masterKeyFile === undefined ? file : `${file} (LAMPLIGHTER_KEY_FILE)`;
  try {
    const key = keyFrom(readFileSync(file, "utf8"), place);
    keepFromOthers(file, { isOurs: masterKeyFile === undefined, log });
    return { place, key };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (cause instanceof StartFailure) throw cause;
    if (code === "ENOENT" && masterKeyFile === undefined) return { place };
    const why = code === "ENOENT" ? "there is no such file" : (code ?? "for a reason unknown");
    throw new StartFailure(`The master key ${place} cannot be read: ${why}.`, { cause });
  }
}

/** A key that was copied or unpacked may be there for everybody to read: others may pass through the data folder. */
function keepFromOthers(file: string, { isOurs, log }: { readonly isOurs: boolean; readonly log: Log }): void {
  const { mode } = statSync(file);
  if (isOurs && (mode & 0o077) !== 0) {
    chmodSync(file, 0o600);
    log.warn(
      `Others could read the master key ${file}; now only this user can. Whoever read it has the keys of lights.`,
    );
  }
  // Which group may read a file that a person named is theirs to say.
  if (!isOurs && (mode & 0o007) !== 0) log.warn(`Everybody may read the master key ${file}. Take that right away.`);
}

/** 32 bytes in hexadecimal or base64. What is wrong is told without what was read. */
function keyFrom(text: string, place: string): Buffer {
  const trimmed = text.trim();
  const isHex = /^[0-9a-fA-F]+$/.test(trimmed) && trimmed.length === 2 * boxKeyBytes;
  const key = Buffer.from(trimmed, isHex ? "hex" : "base64");
  if (key.length === boxKeyBytes && (isHex || /^[A-Za-z0-9+/_-]+=*$/.test(trimmed))) return key;
  throw new StartFailure(`The master key in ${place} is not ${boxKeyBytes} bytes in hexadecimal or base64.`);
}

/** Written whole or not at all: half a key would lock things away for good. */
function makeMasterKey(file: string): Buffer {
  const key = randomBytes(boxKeyBytes);
  const draft = `${file}.${process.pid}`;
  const handle = openSync(draft, "wx", 0o600);
  try {
    writeSync(handle, `${key.toString("hex")}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    // Makes it or fails: of two servers that start together, both read the same one.
    linkSync(draft, file);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return keyFrom(readFileSync(file, "utf8"), file);
  } finally {
    rmSync(draft, { force: true });
  }
}
