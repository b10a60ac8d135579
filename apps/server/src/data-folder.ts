import { randomBytes } from "node:crypto";
import { accessSync, chmodSync, constants, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "@lamplighter/db/make-folder";
import { StartFailure } from "./start-failure.ts";

/** Makes the data folder if it is missing and checks that it can be written. */
export function openDataFolder(folder: string): void {
  try {
    // Others may pass through (a database that runs as a user of its own must), but not look.
    makeFolder(folder, 0o711);
    if (!statSync(folder).isDirectory()) throw new Error("it is not a folder");
    accessSync(folder, constants.W_OK | constants.X_OK);
    const probe = join(folder, ".writable");
    writeFileSync(probe, "");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new StartFailure(
      `The data folder ${folder} cannot be written (${code ?? (cause as Error).message}). Give this user the right to write there, or set LAMPLIGHTER_DATA_FOLDER to another folder.`,
      { cause },
    );
  }
}

const urlFile = "console-url";

/** Keeps where the console is reached, for commands that run beside the server. */
export function keepConsoleUrl(folder: string, url: string): void {
  writeFileSync(join(folder, urlFile), `${url}\n`);
}

/** Where the server that last started here is reached; undefined where none did. */
export function keptConsoleUrl(folder: string): string | undefined {
  const file = join(folder, urlFile);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

const secretBytes = 32;

/** The key that signs sessions. */
export const sessionSecret = (folder: string): string =>
  secretIn(join(folder, "session-secret"), "everybody then signs in anew");

/** The key that the addresses of images are made with. */
export const downloadSecret = (folder: string): Uint8Array =>
  Buffer.from(secretIn(join(folder, "download-secret"), "lights that fetch an image now then begin again"));

/** A key that is made once and kept in a file that only this user may read. `cost`: what happens if it is lost. */
function secretIn(file: string, cost: string): string {
  try {
    // "wx" makes it or fails: of two servers that start together, both read the same one.
    writeFileSync(file, randomBytes(secretBytes).toString("base64url"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  chmodSync(file, 0o600);
  const secret = readFileSync(file, "utf8").trim();
  if (secret.length < secretBytes) {
    throw new StartFailure(`The file ${file} is damaged. Remove it and start again; ${cost}.`);
  }
  return secret;
}
