import { CsvError, parse } from "csv-parse/sync";
import { importRowsMax } from "../input/import-size.ts";
import { isTimeZone } from "../input/time-zone.ts";
import { quoteFaults } from "./quote-faults.ts";

/** Where a light stands, as a table says it. What is absent was not in the table or empty. */
export interface ImportedLight {
  readonly line: number;
  readonly endpoint: string;
  readonly name?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly street?: string;
  readonly district?: string;
  readonly feeder?: string;
  readonly cell?: string;
  readonly model?: string;
  /** A name of the IANA's, such as `Europe/Vienna`. */
  readonly timeZone?: string;
  readonly powerClass?: "always" | "night-switched";
}

export interface LineError {
  readonly line: number;
  readonly column: string | null;
  readonly message: string;
}

export interface ReadTable {
  readonly rows: number;
  readonly lights: readonly ImportedLight[];
  readonly errors: readonly LineError[];
}

export const importColumns = [
  "endpoint",
  "name",
  "latitude",
  "longitude",
  "street",
  "district",
  "feeder",
  "cell",
  "model",
  "timezone",
  "power",
] as const;
type Column = (typeof importColumns)[number];
type Cells = Partial<Record<Column, string>>;

/** The console's words for when a light has power, and those of the API. */
const powerWords: Readonly<Record<string, "always" | "night-switched">> = {
  "always on mains": "always",
  always: "always",
  "mains at night only": "night-switched",
  "night-switched": "night-switched",
};

const cellCharactersMax = 200;
/** Endpoint names on the wire are at most this long; the bound of our own registration. */
const endpointCharactersMax = 255;

/**
 * Reads a table of lights: comma or semicolon, with a header line in any order and case, quoted cells, any line ends.
 *
 * Never throws for what a person typed: everything wrong is listed with its line (the header is line 1) and column.
 */
export function readImportTable(csv: string): ReadTable {
  // Line ends are made one kind first: inside quotes the parser counts CR and LF as two lines.
  const text = csv.replace(/^\ufeff/, "").replaceAll(/\r\n?/g, "\n");
  const delimiter = delimiterOf(text);
  const whole = parseRows(text, delimiter);
  if (whole) return readRows(whole, delimiter);
  const { faults, without } = quoteFaults(text, delimiter);
  const [first] = faults;
  // Without its header a table says nothing.
  const rest = first && first.line > 1 ? parseRows(without, delimiter) : undefined;
  if (!rest) return { rows: 0, lights: [], errors: [first ?? { line: 1, column: null, message: "This is no table." }] };
  const table = readRows(rest, delimiter);
  return { ...table, rows: table.rows + faults.length, errors: [...faults, ...table.errors] };
}

interface Row {
  readonly record: string[];
  readonly info: { readonly lines: number };
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
      // One more than allowed, and the header, tells that there are too many.
      to: importRowsMax + 2,
    }) as unknown as Row[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return undefined;
  }
}

function readRows(rows: readonly Row[], delimiter: Delimiter): ReadTable {
  const [header, ...body] = rows;
  if (!header) return { rows: 0, lights: [], errors: [{ line: 1, column: null, message: "The table is empty." }] };
  const columns = readHeader(header.record);
  if (columns.errors.length > 0) return { rows: body.length, lights: [], errors: columns.errors };
  if (body.length > importRowsMax) {
    const message = `A table may have ${importRowsMax.toLocaleString("en")} lights at most. Split it.`;
    return { rows: body.length, lights: [], errors: [{ line: importRowsMax + 2, column: null, message }] };
  }
  return readBody(body, columns.names, delimiter);
}

type Delimiter = "," | ";";

function delimiterOf(csv: string): Delimiter {
  const end = csv.search(/[\r\n]/);
  const header = end < 0 ? csv : csv.slice(0, end);
  return header.split(";").length > header.split(",").length ? ";" : ",";
}

function readHeader(cells: readonly string[]): { names: readonly Column[]; errors: LineError[] } {
  // "Time zone", as the console writes it, is the column timezone.
  const names = cells.map((cell) => cell.toLowerCase().replace(/^time[ _-]zone$/, "timezone"));
  const errors: LineError[] = [];
  const isColumn = (name: string): name is Column => importColumns.some((known) => known === name);
  for (const [at, name] of names.entries()) {
    if (!isColumn(name)) {
      const message = `There is no column "${name.slice(0, 40)}". The columns are ${importColumns.join(", ")}.`;
      errors.push({ line: 1, column: name.slice(0, 40), message });
    } else if (names.indexOf(name) !== at) {
      errors.push({ line: 1, column: name, message: `The column "${name}" is there twice.` });
    }
  }
  if (!names.includes("endpoint")) {
    errors.push({
      line: 1,
      column: "endpoint",
      message: 'The column "endpoint" is missing; it says which light a line is about.',
    });
  }
  return { names: names.filter(isColumn), errors };
}

function readBody(body: readonly Row[], names: readonly Column[], delimiter: Delimiter): ReadTable {
  const errors: LineError[] = [];
  const lights: ImportedLight[] = [];
  const seen = new Map<string, number>();
  const isZone = remembered(isTimeZone);
  for (const { record, info } of body) {
    // The parser counts to a record's end; a quoted line break makes it begin earlier.
    const breaks = record.reduce((breaks, cell) => breaks + (cell.match(/\n/g)?.length ?? 0), 0);
    const line = info.lines - breaks;
    if (record.length !== names.length) {
      const quote = breaks > 0 ? ` A quote (") that opens here is closed only in line ${info.lines}.` : "";
      const message = `This line has ${record.length} cells, the header ${names.length}.${quote}`;
      errors.push({ line, column: null, message });
      continue;
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
    if (wrong.length > 0) errors.push(...wrong);
    else lights.push(lightOf(line, cells));
  }
  return { rows: body.length, lights, errors };
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

function lineErrors(line: number, cells: Cells, isZone: (word: string) => boolean): LineError[] {
  const errors: LineError[] = [];
  const { endpoint = "", latitude = "", longitude = "", timezone = "", power = "" } = cells;
  const say = (column: Column | null, message: string) => void errors.push({ line, column, message });
  if (endpoint === "") say("endpoint", "The endpoint is missing.");
  else if (endpoint.length > endpointCharactersMax) say("endpoint", "The endpoint is too long.");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
  else if (/[\u0000-\u001f\u007f]/.test(endpoint)) say("endpoint", "The endpoint holds a control character.");
  if (latitude !== "" && degrees(latitude, 90) === undefined) {
    say("latitude", `"${latitude.slice(0, 40)}" is no latitude. Write degrees between -90 and 90, such as 48.2081.`);
  }
  if (longitude !== "" && degrees(longitude, 180) === undefined) {
    say(
      "longitude",
      `"${longitude.slice(0, 40)}" is no longitude. Write degrees between -180 and 180, such as 16.3713.`,
    );
  }
  if ((latitude === "") !== (longitude === "")) say(null, "A position needs both latitude and longitude.");
  if (timezone !== "" && timezone.length <= cellCharactersMax && !isZone(timezone)) {
    say("timezone", `"${timezone.slice(0, 40)}" is no time zone. Write one such as Europe/Vienna.`);
  }
  if (power !== "" && powerOf(power) === undefined) {
    say("power", `"${power.slice(0, 40)}" is no kind of power. Write "Always on mains" or "Mains at night only".`);
  }
  for (const column of importColumns) {
    if (column !== "endpoint" && (cells[column]?.length ?? 0) > cellCharactersMax) {
      say(column, `This cell has more than ${cellCharactersMax} characters.`);
    }
  }
  return errors;
}

/** Where cells are parted by semicolons, the office program that wrote them writes 48,2 for 48.2. */
function withDecimalPoints(cells: Cells): void {
  for (const column of ["latitude", "longitude"] as const) {
    const text = cells[column];
    if (text) cells[column] = text.replace(/^([+-]?\d+),(\d+)$/, "$1.$2");
  }
}

function degrees(text: string, max: number): number | undefined {
  if (!/^[+-]?\d{1,3}(\.\d{1,20})?$/.test(text)) return undefined;
  const value = Number(text);
  return Math.abs(value) <= max ? value : undefined;
}

function powerOf(words: string): ImportedLight["powerClass"] {
  const known = words.toLowerCase();
  return Object.hasOwn(powerWords, known) ? powerWords[known] : undefined;
}

function lightOf(line: number, cells: Cells): ImportedLight {
  const { endpoint = "", latitude = "", longitude = "", timezone, power = "", ...words } = cells;
  const place =
    latitude === "" ? {} : { latitude: degrees(latitude, 90) ?? 0, longitude: degrees(longitude, 180) ?? 0 };
  const named = { ...words, timeZone: timezone, powerClass: powerOf(power) };
  const given = Object.fromEntries(Object.entries(named).filter(([, word]) => word !== undefined && word !== ""));
  return { line, endpoint, ...place, ...given };
}
