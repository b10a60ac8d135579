import { MalformedInput } from "../malformed-input.ts";
import { formatPath, type Path } from "../path.ts";
import { readCbor } from "./cbor-reader.ts";
import { type FormatName, formatName, titleOf } from "./content-formats.ts";
import { readLwm2mCbor, writeLwm2mCbor } from "./lwm2m-cbor.ts";
import { readOmaJson, writeOmaJson } from "./oma-json.ts";
import { type ReadingContext, type TimestampedValue, typeAt } from "./reading-context.ts";
import { type SenmlRecord, timestampedValues } from "./senml.ts";
import { cborValue, readSenmlCbor, writeSenmlCbor } from "./senml-cbor.ts";
import { readSenmlJson, writeSenmlJson } from "./senml-json.ts";
import { type SenmlOut, valueRecords } from "./senml-out.ts";
import { typedValue } from "./wire-value.ts";

/** Reads the values of a document in the order sent. `base` is the path asked for, where there is one. */
export function readDocument(
  bytes: Uint8Array,
  format: number,
  base: Path | undefined,
  context: ReadingContext,
): TimestampedValue[] {
  const name = knownFormat(format);
  const what = titleOf[name];
  switch (name) {
    case "cbor":
      return [readSingleValue(bytes, base, what, context)];
    case "json":
      return readOmaJson(bytes, base, what, context);
    case "lwm2m-cbor":
      return readLwm2mCbor(bytes, what, context);
    case "senml-json":
    case "senml-cbor":
    case "senml-etch-json":
    case "senml-etch-cbor":
      return timestampedValues(readSenml(bytes, name), what, context);
  }
}

/** Writes values as a document. Throws {@link RangeError} for what the format cannot say. */
export function writeDocument(
  values: readonly TimestampedValue[],
  format: number,
  rootPath: readonly string[] | undefined,
): Uint8Array {
  const name = writableFormat(format);
  switch (name) {
    case "cbor": {
      const [only, ...more] = values;
      if (!only || more.length > 0 || only.time !== undefined) throw new RangeError("CBOR carries one value, no time");
      return cborValue(only.value);
    }
    case "json":
      return writeOmaJson(values);
    case "lwm2m-cbor":
      if (values.some(({ time }) => time !== undefined)) throw new RangeError("LwM2M CBOR has no times");
      return writeLwm2mCbor(values);
    case "senml-json":
    case "senml-cbor":
    case "senml-etch-json":
    case "senml-etch-cbor":
      return writeSenml(valueRecords(values, rootPath), name);
  }
}

type SenmlName = Extract<FormatName, `senml-${string}`>;

/** Reads the records of a SenML pack, JSON or CBOR. Throws {@link MalformedInput}. */
export function readSenml(bytes: Uint8Array, name: SenmlName): SenmlRecord[] {
  return name.endsWith("json") ? readSenmlJson(bytes, titleOf[name]) : readSenmlCbor(bytes, titleOf[name]);
}

/** Writes the records of a SenML pack, JSON or CBOR. */
export function writeSenml(records: readonly SenmlOut[], name: SenmlName): Uint8Array {
  return name.endsWith("json") ? writeSenmlJson(records) : writeSenmlCbor(records);
}

/** Whether a format is a SenML one; `undefined` for all others. */
export function senmlName(format: number): SenmlName | undefined {
  const name = formatName(format);
  return name?.startsWith("senml-") ? (name as SenmlName) : undefined;
}

/** The format of a received document. Throws {@link MalformedInput} for one that is not of this folder. */
export function knownFormat(format: number): FormatName {
  const name = formatName(format);
  if (!name) throw new MalformedInput("content", `content format ${format} is not one we read`);
  return name;
}

function writableFormat(format: number): FormatName {
  const name = formatName(format);
  if (!name) throw new RangeError(`content format ${format} is not one we write here`);
  return name;
}

/** CBOR (content format 60) carries the value of one resource or resource instance, and says not of which. */
function readSingleValue(
  bytes: Uint8Array,
  path: Path | undefined,
  what: string,
  context: ReadingContext,
): TimestampedValue {
  if (path?.instance === undefined || path.resource === undefined) {
    throw new MalformedInput(what, `it cannot carry ${path ? formatPath(path) : "several resources"}`);
  }
  const where = `${what} ${formatPath(path)}`;
  const item = readCbor(bytes, what);
  if (item.kind === "array" || item.kind === "map")
    throw new MalformedInput(where, `a single value is no ${item.kind}`);
  return { path, value: typedValue(item, typeAt(path, context), where) };
}
