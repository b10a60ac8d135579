import { setImmediate as nextTurn } from "node:timers/promises";
import { CsvError, parse } from "csv-parse/sync";
import { importRowsMax } from "../input/import-size.ts";
import { isTimeZone } from "../input/time-zone.ts";
import {
  type Cells,
  type Column,
  type ImportedLight,
  importColumns,
  type LineError,
  lightOf,
  lineErrors,
  withDecimalPoints,
} from "./import-line.ts";
import { quoteFaults } from "./quote-faults.ts";
import { hasMoreLines, recordCharactersMax, tableSlices } from "./table-slices.ts";

export interface ReadTable {
  readonly rows: number;
  readonly lights: readonly ImportedLight[];
  /** The first of them; those beyond {@link errorsKeptMax} are only counted. */
  readonly errors: readonly LineError[];
  readonly errorCount: number;
}

/** Errors kept of one table. */
const errorsKeptMax = 1_000;
/** Cells of a header. One that has more is none of ours, and is told of once. */
const headerCellsMax = 64;
/** Lines of one table, empty ones and those inside quotes included. */
const linesMax = 2 * importRowsMax;
/**
 * Reads a table of lights: comma or semicolon, with a header line in any order and case, quoted cells, any line ends.
 *
 * Never throws for what a person typed: everything wrong is listed with its line (the first is line 1) and column. A large
 * table is read bit by bit, and the server goes on with other things in between.
 */
export async function readImportTable(csv: string): Promise<ReadTable> {
  // Line ends are made one kind first: inside quotes the parser counts CR and LF as two lines.
  const text = csv.replace(/^\ufeff/, "").replaceAll(/\r\n?/g, "\n");
  if (hasMoreLines(text, linesMax)) return tooManyRows(linesMax);
  const header = headerOf(text);
  if (!header) return onlyError({ line: 1, column: null, message: "The table is empty." });
  if (header.text.split(header.delimiter, headerCellsMax + 1).length > headerCellsMax) return tooManyColumns(header);
  const whole = await readRecords(text, header);
  if (whole.kind === "read") return whole.table;
  const { faults, without } = quoteFaults(text, header.delimiter);
  const [first] = faults;
  if (!first) return onlyError({ line: whole.line, column: null, message: whole.message });
  // Without its header a table says nothing.
  const rest = first.line > header.line ? await readRecords(without, header) : undefined;
  if (rest?.kind !== "read") return onlyError(first);
  const { rows, lights, errors, errorCount } = rest.table;
  return {
    ...{ rows: rows + faults.length, lights },
    errors: [...faults.slice(0, errorsKeptMax), ...errors],
    errorCount: errorCount + faults.length,
  };
}

function onlyError(error: LineError): ReadTable {
  return { rows: 0, lights: [], errors: [error], errorCount: 1 };
}

function tooManyRows(rows: number): ReadTable {
  const message = `A table may have ${importRowsMax.toLocaleString("en")} lights at most. Split it.`;
  return { ...onlyError({ line: importRowsMax + 2, column: null, message }), rows };
}

function tooManyColumns({ line }: Header): ReadTable {
  const message = `The header has more than ${headerCellsMax} cells. The columns are ${importColumns.join(", ")}.`;
  return onlyError({ line, column: null, message });
}

interface Row {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** Reads all records, or says where it cannot go on: most likely a quote is wrong. */
async function readRecords(
  text: string,
  header: Header,
): Promise<
  { readonly kind: "read"; readonly table: ReadTable } | { readonly kind: "stuck"; line: number; message: string }
> {
  let body: ReturnType<typeof bodyReader> | undefined;
  for (const slice of tableSlices(text)) {
    if ("tooLong" in slice) {
      const message = `This line has more than ${recordCharactersMax.toLocaleString("en")} characters.`;
      return { kind: "stuck", line: slice.tooLong, message };
    }
    const rows = parseRows(slice.text, header.delimiter);
    if (!rows) return { kind: "stuck", line: slice.line, message: "This is no table." };
    if (!body && rows[0]) {
      const { record } = rows[0];
      if (record.length > headerCellsMax) return { kind: "read", table: tooManyColumns(header) };
      const { names, errors } = readHeader(record, header.line);
      if (errors.length > 0)
        return { kind: "read", table: { ...onlyError(errors[0] as LineError), errors, errorCount: errors.length } };
      rows.shift();
      body = bodyReader(names, header.delimiter);
    }
    body?.read(rows, slice.line - 1);
    if (body && body.table.rows > importRowsMax) return { kind: "read", table: tooManyRows(body.table.rows) };
    await nextTurn();
  }
  return { kind: "read", table: body?.table ?? onlyError({ line: 1, column: null, message: "The table is empty." }) };
}

/** Undefined when the quotes are wrong, which is all that the parser does not take here. */
function parseRows(text: string, delimiter: string): Row[] | undefined {
  try {
    // The parser's types do not know what `info` adds to each record.
    return parse(text, {
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as Row[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return undefined;
  }
}

type Delimiter = "," | ";";

interface Header {
  readonly text: string;
  readonly line: number;
  readonly delimiter: Delimiter;
}

/** The first line that is not empty. */
function headerOf(csv: string): Header | undefined {
  const first = csv.search(/\S/);
  if (first < 0) return undefined;
  const end = csv.indexOf("\n", first);
  const text = csv.slice(first, end < 0 ? csv.length : end);
  const line = csv.slice(0, first).split("\n").length;
  const count = (mark: Delimiter) => text.split(mark, headerCellsMax + 1).length;
  return { text, line, delimiter: count(";") > count(",") ? ";" : "," };
}

function readHeader(cells: readonly string[], line: number): { names: readonly Column[]; errors: LineError[] } {
  // "Time zone", as the console writes it, is the column timezone.
  const names = cells.map((cell) => cell.toLowerCase().replace(/^time[ _-]zone$/, "timezone"));
  const errors: LineError[] = [];
  const isColumn = (name: string): name is Column => importColumns.some((known) => known === name);
  for (const [at, name] of names.entries()) {
    if (!isColumn(name)) {
      const message = `There is no column "${name.slice(0, 40)}". The columns are ${importColumns.join(", ")}.`;
      errors.push({ line, column: name.slice(0, 40), message });
    } else if (names.indexOf(name) !== at) {
      errors.push({ line, column: name, message: `The column "${name}" is there twice.` });
    }
  }
  if (!names.includes("endpoint")) {
    errors.push({
      line,
      column: "endpoint",
      message: 'The column "endpoint" is missing; it says which light a line is about.',
    });
  }
  return { names: names.filter(isColumn), errors };
}

/** Reads the lines below a header, slice by slice. `linesBefore` are those of the table above a slice. */
function bodyReader(names: readonly Column[], delimiter: Delimiter) {
  const errors: LineError[] = [];
  const lights: ImportedLight[] = [];
  const table = { rows: 0, lights, errors, errorCount: 0 };
  const seen = new Map<string, number>();
  const isZone = remembered(isTimeZone);
  const say = (wrong: readonly LineError[]) => {
    table.errorCount += wrong.length;
    errors.push(...wrong.slice(0, errorsKeptMax - errors.length));
  };

  function readRow({ record, info }: Row, linesBefore: number): void {
    // The parser counts to a record's end; a quoted line break makes it begin earlier.
    const breaks = record.reduce((breaks, cell) => breaks + (cell.match(/\n/g)?.length ?? 0), 0);
    const end = info.lines + linesBefore;
    const line = end - breaks;
    if (record.length !== names.length) {
      const quote = breaks > 0 ? ` A quote (") that opens here is closed only in line ${end}.` : "";
      const message = `This line has ${record.length} cells, the header ${names.length}.${quote}`;
      return say([{ line, column: null, message }]);
    }
    const cells = Object.fromEntries(names.map((name, at) => [name, record[at] ?? ""])) as Cells;
    if (delimiter === ";") withDecimalPoints(cells);
    const wrong = lineErrors(line, cells, isZone);
    const endpoint = cells.endpoint ?? "";
    const before = seen.get(endpoint);
    if (before !== undefined && endpoint !== "") {
      wrong.push({ line, column: "endpoint", message: `${endpoint} is in line ${before} already.` });
    }
    seen.set(endpoint, before ?? line);
    if (wrong.length > 0) say(wrong);
    else lights.push(lightOf(line, cells));
  }

  return {
    table,
    read(rows: readonly Row[], linesBefore: number): void {
      table.rows += rows.length;
      for (const row of rows) readRow(row, linesBefore);
    },
  };
}

/** Asks once for each word: a city's lights are in one zone, and asking the runtime takes its time. */
function remembered(ask: (word: string) => boolean): (word: string) => boolean {
  const answers = new Map<string, boolean>();
  return (word) => {
    const answer = answers.get(word) ?? ask(word);
    answers.set(word, answer);
    return answer;
  };
}
