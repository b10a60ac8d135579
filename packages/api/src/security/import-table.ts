import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type CredentialMode,
  type CredentialPurpose,
  credentialModes,
  credentialPurposes,
} from "@lamplighter/db/prisma-credential-store";
import { CsvError, parse } from "csv-parse/sync";
import { importRowsMax } from "../input/import-size.ts";
import type { LineError } from "../inventory/import-line.ts";
import { quoteFaults } from "../inventory/quote-faults.ts";
import { hasMoreLines, recordCharactersMax, tableSlices } from "../inventory/table-slices.ts";
import { textOf } from "./credential-index.ts";
import { identityFrom, keyFrom, publicKeyFrom } from "./key-text.ts";

/** The columns of a table of credentials, in any order. `key` is the public key where the mode is rpk. */
export const securityColumns = ["endpoint", "purpose", "mode", "identity", "key"] as const;
type SecurityColumn = (typeof securityColumns)[number];
type Cells = Record<SecurityColumn, string>;

/** A line of such a table without errors. */
export interface CredentialLine {
  readonly line: number;
  readonly endpoint: string;
  readonly purpose: CredentialPurpose;
  readonly mode: CredentialMode;
  readonly identity?: Uint8Array;
  readonly key?: Uint8Array;
  readonly publicKey?: Uint8Array;
}

export interface CredentialTable {
  readonly rows: number;
  readonly lines: readonly CredentialLine[];
  /** The first of them; those beyond {@link errorsKeptMax} are only counted. */
  readonly errors: readonly LineError[];
  readonly errorCount: number;
  /** What is allowed and not wise. */
  readonly warnings: readonly LineError[];
  readonly warningCount: number;
}

const errorsKeptMax = 200;
const endpointCharactersMax = 255;
const noTable = "From here on this is no table.";
const tooLong = `This line has more than ${recordCharactersMax.toLocaleString("en")} characters.`;

/**
 * Reads a table of credentials: comma or semicolon, with a header line, quoted cells, any line ends. Everything wrong is
 * listed with its line (the first is line 1); no sentence repeats a key. A large table is read bit by bit.
 */
export async function readCredentialTable(csv: string): Promise<CredentialTable> {
  const text = csv.replace(/^\ufeff/, "").replaceAll(/\r\n?/g, "\n");
  const table = new Reader();
  if (hasMoreLines(text, 2 * importRowsMax)) {
    table.say(1, null, `A table may have ${importRowsMax.toLocaleString("en")} lines at most. Split it.`);
    return table.result;
  }
  const [first = ""] = text.slice(text.search(/\S/)).split("\n", 1);
  const delimiter = first.split(";").length > first.split(",").length ? ";" : ",";
  for (const slice of tableSlices(text)) {
    const stuck = "tooLong" in slice;
    const rows = stuck ? undefined : parseRows(slice.text, delimiter);
    if (stuck || !rows) {
      // Most likely a quote is wrong, which swallows what follows it.
      const { faults } = quoteFaults(text, delimiter);
      for (const { line, column, message } of faults) table.say(line, column, message);
      if (faults.length === 0) table.say(stuck ? slice.tooLong : slice.line, null, stuck ? tooLong : noTable);
      break;
    }
    for (const { record, info } of rows) if (!table.read(record, info.lines + slice.line - 1)) return table.result;
    await nextTurn();
  }
  if (!table.hasHeader && table.result.errorCount === 0) table.say(1, null, "The table is empty.");
  return table.result;
}

function parseRows(text: string, delimiter: string): { record: string[]; info: { lines: number } }[] | undefined {
  try {
    const options = { delimiter, info: true, relax_column_count: true, skip_empty_lines: true, trim: true };
    // The parser's types do not know what `info` adds to each record.
    return parse(text, options) as unknown as { record: string[]; info: { lines: number } }[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return undefined;
  }
}

class Reader {
  readonly #lines: CredentialLine[] = [];
  readonly #errors: LineError[] = [];
  readonly #seen = new Map<string, number>();
  readonly #warnings: LineError[] = [];
  #warningCount = 0;
  readonly #owners = new Map<string, { readonly endpoint: string; readonly line: number }>();
  #names: readonly SecurityColumn[] | undefined;
  #rows = 0;
  #errorCount = 0;

  get hasHeader(): boolean {
    return this.#names !== undefined;
  }

  get result(): CredentialTable {
    return {
      ...{ rows: this.#rows, lines: this.#lines, errors: this.#errors, errorCount: this.#errorCount },
      ...{ warnings: this.#warnings, warningCount: this.#warningCount },
    };
  }

  say(line: number, column: string | null, message: string): void {
    this.#errorCount++;
    if (this.#errors.length < errorsKeptMax) this.#errors.push({ line, column, message });
  }

  /** Returns false when there is no use in going on. */
  read(record: readonly string[], line: number): boolean {
    if (!this.#names) return this.#readHeader(record, line);
    this.#rows++;
    if (this.#rows > importRowsMax) {
      this.say(line, null, `A table may have ${importRowsMax.toLocaleString("en")} lines at most. Split it.`);
      return false;
    }
    if (record.length !== this.#names.length) {
      this.say(line, null, `This line has ${record.length} cells, the header ${this.#names.length}.`);
      return true;
    }
    const cells: Cells = { endpoint: "", purpose: "", mode: "", identity: "", key: "" };
    for (const [at, name] of this.#names.entries()) cells[name] = record[at] ?? "";
    const before = this.#errorCount;
    const read = this.#readLine(line, cells);
    if (read && this.#errorCount === before) this.#lines.push(read);
    return true;
  }

  #readHeader(record: readonly string[], line: number): boolean {
    const names = record.slice(0, securityColumns.length + 1).map((cell) => cell.toLowerCase());
    const list = securityColumns.join(", ");
    for (const [at, name] of names.entries()) {
      const isKnown = securityColumns.some((column) => column === name);
      // A table without a header begins with a key: what is in its cells is not repeated.
      if (!isKnown) this.say(line, null, `Cell ${at + 1} of the header is none of the columns ${list}.`);
      else if (names.indexOf(name) !== at) this.say(line, name, `The column "${name}" is there twice.`);
    }
    if (!names.includes("endpoint")) this.say(line, "endpoint", 'The column "endpoint" is missing.');
    if (!names.includes("mode")) this.say(line, "mode", 'The column "mode" is missing.');
    if (this.#errorCount > 0) return false;
    this.#names = names as SecurityColumn[];
    return true;
  }

  #readLine(line: number, cells: Cells): CredentialLine | undefined {
    const { endpoint } = cells;
    if (endpoint === "") this.say(line, "endpoint", "The endpoint is missing.");
    else if (endpoint.length > endpointCharactersMax) this.say(line, "endpoint", "The endpoint is too long.");
    else if (/\p{Cc}/u.test(endpoint)) this.say(line, "endpoint", "The endpoint holds a control character.");
    const purpose = oneOf(credentialPurposes, cells.purpose || "server");
    if (!purpose) this.say(line, "purpose", 'The purpose is "server" or "bootstrap".');
    const mode = oneOf(credentialModes, cells.mode);
    if (!mode) this.say(line, "mode", `The mode is one of ${credentialModes.join(", ")}.`);
    if (!purpose || !mode) return undefined;
    const proof = this.#readProof(line, mode, cells);
    if (!proof) return undefined;
    this.#once(line, "endpoint", `${purpose} of ${endpoint}`, `${endpoint} has a line for this purpose`);
    const { identity } = proof;
    if (proof.key) this.#warnOfShared(line, endpoint, proof.key);
    if (identity) this.#once(line, "identity", `${purpose}=${textOf(identity)}`, "This identity is");
    return { line, endpoint, purpose, mode, ...proof };
  }

  #readProof(
    line: number,
    mode: CredentialMode,
    cells: Cells,
  ): Pick<CredentialLine, "identity" | "key" | "publicKey"> | undefined {
    const wrong = (column: SecurityColumn, message: string) => void this.say(line, column, message);
    if (cells.identity !== "" && (mode === "no-sec" || mode === "rpk")) {
      return wrong("identity", `With the mode ${mode} there is no identity.`);
    }
    if (cells.key !== "" && (mode === "no-sec" || mode === "x509")) {
      return wrong("key", `With the mode ${mode} there is no key.`);
    }
    if (mode === "no-sec") return {};
    if (mode === "rpk") {
      const read = publicKeyFrom(cells.key);
      return "wrong" in read ? wrong("key", read.wrong) : { identity: read.identity, publicKey: read.spki };
    }
    const identity = identityFrom(cells.identity || (mode === "psk" ? cells.endpoint : ""));
    if ("wrong" in identity) return wrong("identity", identity.wrong);
    if (mode === "x509") return { identity };
    if (cells.key === "") return wrong("key", "The key is missing.");
    const key = keyFrom(cells.key);
    return "wrong" in key ? wrong("key", key.wrong) : { identity, key };
  }

  /** A key of many lights is taken out of one of them and speaks for all. A light may have one key for both purposes. */
  #warnOfShared(line: number, endpoint: string, key: Uint8Array): void {
    const text = textOf(key);
    const before = this.#owners.get(text);
    if (before === undefined) this.#owners.set(text, { endpoint, line });
    if (before === undefined || before.endpoint === endpoint) return;
    this.#warningCount++;
    if (this.#warnings.length >= errorsKeptMax) return;
    const message = `This is the key of ${before.endpoint} in line ${before.line} too: who gets it out of one light speaks for both.`;
    this.#warnings.push({ line, column: "key", message });
  }

  #once(line: number, column: SecurityColumn, key: string, words: string): void {
    const before = this.#seen.get(key);
    if (before === undefined) this.#seen.set(key, line);
    else this.say(line, column, `${words} in line ${before} already.`);
  }
}

function oneOf<Word extends string>(words: readonly Word[], text: string): Word | undefined {
  return words.find((word) => word === text.toLowerCase());
}
