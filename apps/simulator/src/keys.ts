import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { LightProof } from "@lamplighter/device/secure-links";
import { parse } from "csv-parse/sync";
import { BadOption } from "./options.ts";

/** What lights prove themselves with, by endpoint: to their server, and to the bootstrap server that brings them there. */
export interface LightKeys {
  readonly server: ReadonlyMap<string, LightProof>;
  readonly bootstrap: ReadonlyMap<string, LightProof>;
}

export type KeyPurpose = keyof LightKeys;

/** Bytes of a key that is made here: AES-128 is as strong as this. */
const keyBytes = 16;
/** Bytes of a key that is read: what the console takes. */
const [keyBytesMin, keyBytesMax] = [16, 64];
const header = "endpoint,purpose,mode,identity,key";

/** Reads pre-shared keys from a table as the console imports it. Throws {@link BadOption}; no sentence repeats a key. */
export function readKeys(file: string): LightKeys {
  const keys = { server: new Map<string, LightProof>(), bootstrap: new Map<string, LightProof>() };
  for (const { record: row, info } of rowsOf(file)) {
    const { endpoint = "", identity = "" } = row;
    const purpose = (row.purpose || "server").toLowerCase();
    // Lights here have no certificates, and one without a key needs none.
    if ((row.mode || "psk").toLowerCase() !== "psk") continue;
    const key = keyOf(row.key ?? "");
    if (endpoint === "" || (purpose !== "server" && purpose !== "bootstrap") || !key) {
      throw new BadOption(
        `--keys: line ${info.lines} of ${file} needs an endpoint, the purpose "server" or "bootstrap", and a key of ${keyBytesMin} to ${keyBytesMax} bytes in hexadecimal or base64.`,
      );
    }
    keys[purpose].set(endpoint, { identity: new TextEncoder().encode(identity || endpoint), key });
  }
  return keys;
}

interface Row {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

function rowsOf(file: string): readonly Row[] {
  const columns = (names: string[]) => names.map((name) => name.toLowerCase());
  const options = { columns, delimiter: [",", ";"], skip_empty_lines: true, trim: true, bom: true, info: true };
  try {
    // The parser's types do not know what `info` adds to each record.
    return parse(readFileSync(file, "utf8"), options) as unknown as Row[];
  } catch (error) {
    const { code } = error as { code?: unknown };
    // The parser's own codes say nothing to a person.
    const isSystems = typeof code === "string" && code.startsWith("E");
    throw new BadOption(`--keys: ${file} cannot be read (${isSystems ? code : "it is no table"}).`);
  }
}

function keyOf(text: string): Uint8Array | undefined {
  const isHex = /^(?:[0-9a-f]{2})+$/i.test(text);
  if (!isHex && !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Uint8Array.from(Buffer.from(text, isHex ? "hex" : "base64"));
  return bytes.length >= keyBytesMin && bytes.length <= keyBytesMax ? bytes : undefined;
}

/**
 * Writes a fresh key for each endpoint to a file for this user alone, as a table that the console imports and
 * {@link readKeys} reads, and says in a sentence what it is. Throws {@link BadOption}.
 */
export function writeKeys(file: string, endpoints: readonly string[], purpose: KeyPurpose = "server"): string {
  const lines = endpoints.map((endpoint) =>
    [endpoint, purpose, "psk", endpoint, randomBytes(keyBytes).toString("hex")].join(","),
  );
  try {
    writeFileSync(file, `${[header, ...lines].join("\n")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code } = error as { code?: unknown };
    const why = code === "EEXIST" ? "it is there already, and keys are not written over" : String(code ?? error);
    throw new BadOption(`--write-keys: ${file} cannot be written (${why}).`);
  }
  return `${resolve(file)} holds keys for ${endpoints.length} lights. Import it under Security, then start the lights with --keys.`;
}
