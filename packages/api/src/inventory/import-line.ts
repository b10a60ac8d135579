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
export type Column = (typeof importColumns)[number];
export type Cells = Partial<Record<Column, string>>;

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

/** Everything that is wrong with the cells of one line. */
export function lineErrors(line: number, cells: Cells, isZone: (word: string) => boolean): LineError[] {
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
    if (column !== "endpoint" && hasControls(cells[column] ?? "")) say(column, "This cell holds a control character.");
  }
  return errors;
}

/** Where cells are parted by semicolons, the office program that wrote them writes 48,2 for 48.2. */
export function withDecimalPoints(cells: Cells): void {
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

/** Line breaks and tabs are in tables by right. */
function hasControls(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
  return /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text);
}

function powerOf(words: string): ImportedLight["powerClass"] {
  const known = words.toLowerCase();
  return Object.hasOwn(powerWords, known) ? powerWords[known] : undefined;
}

/** The light that a line without errors is about. */
export function lightOf(line: number, cells: Cells): ImportedLight {
  const { endpoint = "", latitude = "", longitude = "", timezone, power = "", ...words } = cells;
  const place =
    latitude === "" ? {} : { latitude: degrees(latitude, 90) ?? 0, longitude: degrees(longitude, 180) ?? 0 };
  const named = { ...words, timeZone: timezone, powerClass: powerOf(power) };
  const given = Object.fromEntries(Object.entries(named).filter(([, word]) => word !== undefined && word !== ""));
  return { line, endpoint, ...place, ...given };
}
