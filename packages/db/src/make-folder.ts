import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "./database-errors.ts";

/**
 * Makes a folder and those above it that are missing. Throws the system's error when that cannot be done.
 *
 * Not by mkdirSync's `recursive`: where the system answers ENOENT below a folder that exists (`/proc`, a share that went
 * away), Node tries again for ever and no signal ends it.
 */
export function makeFolder(folder: string, mode: number): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder), mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another server that starts now was faster.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}
