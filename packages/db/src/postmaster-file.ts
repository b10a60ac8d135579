import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "./database-errors.ts";

/**
 * What a running PostgreSQL writes about itself into `postmaster.pid` in its data folder.
 * Line 1 is its process, 2 its data folder, 4 its port, 8 where its start or stop stands.
 */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  readonly status: "starting" | "ready" | "stopping";
}

/** Reads `postmaster.pid`. Undefined when there is none, or when PostgreSQL has only begun to write it. */
export function readPostmasterFile(cluster: string): PostmasterFile | undefined {
  let text: string;
  try {
    text = readFileSync(join(cluster, "postmaster.pid"), "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  const lines = text.split("\n").map((line) => line.trim());
  const pid = Number.parseInt(lines[0] ?? "", 10);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const port = Number.parseInt(lines[3] ?? "0", 10) || 0;
  const word = lines[7] ?? "";
  return { pid, port, status: word === "ready" || word === "stopping" ? word : "starting" };
}
