import { MalformedInput } from "../malformed-input.ts";
import { formatPath } from "../path.ts";
import { formatLimits } from "./format-limits.ts";
import { type ReadingContext, type TimestampedValue, typeAt } from "./reading-context.ts";
import { type CompositePath, parseName } from "./record-name.ts";
import { finite, floatValue, typedValue, type WireValue } from "./wire-value.ts";

/** The labels of SenML that we know (RFC 8428 §4; `vlo` is LwM2M's own, OMA TS Core 1.1 §7.4.4). */
export type SenmlLabel = (typeof baseLabels | typeof recordLabels)[number];

const baseLabels = ["bn", "bt", "bu", "bv", "bs", "bver"] as const;
const recordLabels = ["n", "u", "t", "ut", "v", "vs", "vb", "vd", "vlo", "s"] as const;

/** One record as it came: labels are unique, and those that we need not understand are left out already. */
export type SenmlRecord = ReadonlyMap<SenmlLabel, WireValue>;

/** A record with its base values added, still without a type. */
export interface ResolvedRecord {
  readonly path: CompositePath;
  readonly time?: number;
  /** `null` asks to delete (RFC 8790 §3.2); `undefined` where the record is only a name. */
  readonly value: WireValue | undefined;
}

const labels: ReadonlySet<string> = new Set([...baseLabels, ...recordLabels]);
const valueLabels = ["v", "vs", "vb", "vd", "vlo"] as const;
const fetchLabels: ReadonlySet<SenmlLabel> = new Set(["n", "bn", "t", "bt", "u", "bu"]);

/** The SenML version that we speak. A pack that names a later one must be refused (RFC 8428 §4.4). */
const versionMax = 10n;

/** Below this a time is counted from now, above it from 1970 (RFC 8428 §4.5.3). */
const relativeTimeMax = 2 ** 28;

/** Whether we know a label; one that we do not and that ends in `_` must be understood, and is refused (§4.4). */
export function isKnownLabel(label: string, what: string): label is SenmlLabel {
  if (labels.has(label)) return true;
  if (label.endsWith("_")) {
    throw new MalformedInput(what, `the label ${JSON.stringify(label.slice(0, 64))} must be understood, and is not`);
  }
  return false;
}

/** Reads a pack as values with their times. Throws {@link MalformedInput}. */
export function timestampedValues(
  records: readonly SenmlRecord[],
  what: string,
  context: ReadingContext,
): TimestampedValue[] {
  return resolveRecords(records, what, context).map(({ path, time, value }) => {
    if (path === "/" || value === undefined) {
      throw new MalformedInput(what, `${path === "/" ? "/" : formatPath(path)} has no value`);
    }
    const where = `${what} ${formatPath(path)}`;
    if (path.resource === undefined) throw new MalformedInput(where, "a value stands at more than one resource");
    return { path, value: typedValue(value, typeAt(path, context), where), ...(time !== undefined && { time }) };
  });
}

/** Reads a Fetch Pack (RFC 8790 §3.1): names, and nothing that is not a name, a time or a unit. */
export function fetchedPaths(records: readonly SenmlRecord[], what: string, context: ReadingContext): CompositePath[] {
  if (records.length > formatLimits.pathsMax) {
    throw new MalformedInput(what, `it asks for more than ${formatLimits.pathsMax} paths`);
  }
  for (const record of records) {
    const other = [...record.keys()].find((label) => !fetchLabels.has(label));
    if (other) throw new MalformedInput(what, `"${other}" may not stand in a list of paths`);
    if (!record.has("n") && !record.has("bn")) throw new MalformedInput(what, "a path has neither name nor base name");
  }
  return resolveRecords(records, what, context, "every record is a path").map(({ path }) => path);
}

/** Adds the base values to each record (RFC 8428 §4.6). Throws {@link MalformedInput}. */
export function resolveRecords(
  records: readonly SenmlRecord[],
  what: string,
  context: ReadingContext,
  meaning?: "every record is a path",
): ResolvedRecord[] {
  let baseName = "";
  let baseTime = 0;
  let baseValue: WireValue | undefined;
  const resolved: ResolvedRecord[] = [];
  for (const record of records) {
    checkVersion(record, what);
    checkUnits(record, what);
    checkSums(record, what);
    baseName = textAt(record, "bn", what) ?? baseName;
    baseTime = numberAt(record, "bt", what) ?? baseTime;
    if (record.has("bv")) {
      numberAt(record, "bv", what);
      baseValue = record.get("bv");
    }
    const value = recordValue(record, baseValue, what);
    // A record of base values alone says something of those that follow.
    if (value === undefined && !record.has("n") && meaning === undefined) continue;
    const time = absoluteTime(baseTime + (numberAt(record, "t", what) ?? 0), context.nowSeconds);
    const path = parseName(baseName + (textAt(record, "n", what) ?? ""), what, context);
    resolved.push({ path, value, ...(time !== undefined && { time }) });
  }
  return resolved;
}

/** Seconds since 1970, or `undefined` for now. */
export function absoluteTime(time: number, nowSeconds: number): number | undefined {
  if (time === 0) return undefined;
  return time < relativeTimeMax ? nowSeconds + time : time;
}

/** The number of a record at a label, as a finite float. Throws {@link MalformedInput}. */
export function numberOf(value: WireValue, label: string, what: string): number {
  if (value.kind === "integer") return Number(value.value);
  if (value.kind === "float") return finite(value.value, what);
  throw new MalformedInput(what, `"${label}" is not a number`);
}

function numberAt(record: SenmlRecord, label: SenmlLabel, what: string): number | undefined {
  const value = record.get(label);
  return value && numberOf(value, label, what);
}

function textAt(record: SenmlRecord, label: SenmlLabel, what: string): string | undefined {
  const value = record.get(label);
  if (!value) return undefined;
  if (value.kind !== "text") throw new MalformedInput(what, `"${label}" is not text`);
  return value.value;
}

function recordValue(record: SenmlRecord, baseValue: WireValue | undefined, what: string): WireValue | undefined {
  const [label, another] = valueLabels.filter((candidate) => record.has(candidate));
  if (label === undefined) return undefined;
  if (another !== undefined) throw new MalformedInput(what, `a record has both "${label}" and "${another}"`);
  const value = record.get(label)!; // Present: the filter above.
  const isRight = kindsOf[label].includes(value.kind);
  if (!isRight) throw new MalformedInput(what, `"${label}" holds a value of another kind: ${value.kind}`);
  return label === "v" && baseValue && value.kind !== "null" ? sum(baseValue, value, what) : value;
}

const kindsOf: Readonly<Record<(typeof valueLabels)[number], readonly WireValue["kind"][]>> = {
  v: ["integer", "float", "null"],
  vs: ["text"],
  vb: ["boolean"],
  vd: ["bytes"],
  vlo: ["link"],
};

/** Exact as long as both are whole numbers. */
function sum(base: WireValue, value: WireValue, what: string): WireValue {
  if (base.kind === "integer" && value.kind === "integer") {
    return { kind: "integer", value: base.value + value.value };
  }
  return floatValue(finite(numberOf(base, "bv", what) + numberOf(value, "v", what), what));
}

function checkVersion(record: SenmlRecord, what: string): void {
  const version = record.get("bver");
  if (!version) return;
  if (version.kind !== "integer" || version.value < 1n || version.value > versionMax) {
    throw new MalformedInput(what, `it is of a version above ${versionMax} ("bver")`);
  }
}

/** Units are what the object model says; those on the wire are checked for their form and dropped. */
function checkUnits(record: SenmlRecord, what: string): void {
  textAt(record, "bu", what);
  textAt(record, "u", what);
  numberAt(record, "ut", what);
}

/** LwM2M knows no sums; to drop one would be to report another value than was sent. */
function checkSums(record: SenmlRecord, what: string): void {
  for (const label of ["s", "bs"] as const) {
    const value = numberAt(record, label, what);
    if (value !== undefined && value !== 0)
      throw new MalformedInput(what, `a sum ("${label}") has no meaning in LwM2M`);
  }
}
