import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { LightProof } from "@lamplighter/device/secure-links";
import { parse } from "csv-parse/sync";
import { BadOption } from "./options.ts";

/** Bytes of a key that is made here: AES-128 is as strong as this. */
const keyBytes = 16;
const header = "endpoint,purpose,mode,identity,key";

/**
 * What lights prove themselves with to their server, by endpoint, from a table as the console imports it: its lines of
 * purpose `server` and mode `psk`. Throws {@link BadOption}; no sentence repeats a key.
 */
export function readKeys(file: string): ReadonlyMap<string, LightProof> {
  const proofs = new Map<string, LightProof>();
  let rows: Record<string, string>[];
  try {
    rows = parse(readFileSync(file, "utf8"), { columns: true, skip_empty_lines: true, trim: true, bom: true });
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw new BadOption(`--keys: ${file} cannot be read (${typeof code === "string" ? code : "it is no table"}).`);
  }
  for (const [index, row] of rows.entries()) {
    const { endpoint = "", purpose = "server", mode = "psk", identity = "", key = "" } = row;
    if ((purpose || "server") !== "server" || (mode || "psk") !== "psk") continue;
    const bytes = /^(?:[0-9a-fA-F]{2})+$/.test(key) ? Buffer.from(key, "hex") : Buffer.from(key, "base64");
    if (endpoint === "" || bytes.length === 0) {
      throw new BadOption(`--keys: line ${index + 2} of ${file} has no endpoint or no key.`);
    }
    proofs.set(endpoint, { identity: new TextEncoder().encode(identity || endpoint), key: Uint8Array.from(bytes) });
  }
  return proofs;
}

/** A fresh key for each endpoint, as a table that the console imports and {@link readKeys} reads. */
export function makeKeys(endpoints: readonly string[]): string {
  const lines = endpoints.map((endpoint) =>
    [endpoint, "server", "psk", endpoint, randomBytes(keyBytes).toString("hex")].join(","),
  );
  return `${[header, ...lines].join("\n")}\n`;
}

/** Writes keys for lights to a file for this user alone, and says in a sentence what it is. Throws {@link BadOption}. */
export function writeKeys(file: string, endpoints: readonly string[]): string {
  try {
    writeFileSync(file, makeKeys(endpoints), { mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code } = error as { code?: unknown };
    const why = code === "EEXIST" ? "it is there already, and keys are not written over" : String(code ?? error);
    throw new BadOption(`--write-keys: ${file} cannot be written (${why}).`);
  }
  return `${resolve(file)} holds keys for ${endpoints.length} lights. Import it under Security, then start the lights with --keys.`;
}
