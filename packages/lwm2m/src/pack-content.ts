import { contentFormat } from "@lamplighter/coap/content-format";
import { MalformedInput } from "./malformed-input.ts";
import { formatPath, type Path, parsePath } from "./path.ts";
import type { PathValue } from "./path-node.ts";
import { decodeUtf8 } from "./tlv-value.ts";
import type { ResourceType, ResourceValue } from "./value.ts";

/** Records of one pack. More are refused. */
export const packRecordsMax = 4_096;
/** Formats in which we read and write values of several places, best first. */
export const packFormats: readonly number[] = [contentFormat.senmlJson];

export interface PackContext {
  /** The type that a resource has by its definition. */
  readonly typeAt: (path: Path) => ResourceType | undefined;
  /** Milliseconds since the epoch: what relative times count from. */
  readonly now: number;
  /** The alternate path that a device of 1.2 writes before its names. */
  readonly rootPath: readonly string[];
}

interface SenmlRecord {
  bn?: unknown;
  bt?: unknown;
  n?: unknown;
  t?: unknown;
  v?: unknown;
  vs?: unknown;
  vb?: unknown;
  vd?: unknown;
  vlo?: unknown;
}

/** Writes a list of places for a composite read; the root is `undefined` (OMA TS Core 1.1 §6.3.8). */
export function encodePathList(places: readonly (Path | undefined)[], rootPath: readonly string[]): Uint8Array {
  const records = places.map((place) => ({ n: nameOf(place, rootPath) }));
  return new TextEncoder().encode(JSON.stringify(records));
}

/** Writes values of several places. */
export function encodePack(values: readonly PathValue[], rootPath: readonly string[]): Uint8Array {
  const records = values.map(({ path, value }) => `{"n":${JSON.stringify(nameOf(path, rootPath))},${fieldOf(value)}}`);
  return new TextEncoder().encode(`[${records.join(",")}]`);
}

/** Reads values of several places. Throws {@link MalformedInput}. */
export function decodePack(payload: Uint8Array, format: number | undefined, context: PackContext): PathValue[] {
  if (format !== contentFormat.senmlJson)
    throw new MalformedInput("pack", `content format ${format} is not one we read`);
  const records = parseRecords(decodeUtf8(payload, "SenML"));
  let [baseName, baseTime] = ["", 0];
  return records.map((record) => {
    if (record.bn !== undefined) baseName = String(record.bn);
    if (record.bt !== undefined) baseTime = numberOf(record.bt, "bt");
    const time = baseTime + (record.t === undefined ? 0 : numberOf(record.t, "t"));
    const path = parseName(`${baseName}${record.n ?? ""}`, context.rootPath);
    const value = recordValue(record, path, context);
    // Below 2^28 a time counts from now (RFC 8428 §4.5.3).
    const at = time === 0 ? undefined : (time < 2 ** 28 ? context.now : 0) + time * 1_000;
    return { path, value, ...(at !== undefined && { at }) };
  });
}

function parseRecords(text: string): SenmlRecord[] {
  let parsed: unknown;
  try {
    // Numbers stay text, or integers beyond 2^53 would be rounded.
    parsed = JSON.parse(text, (_key, value, context?: { source?: string }) =>
      typeof value === "number" ? { number: context?.source ?? String(value) } : value,
    );
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new MalformedInput("SenML", "not JSON");
    throw cause;
  }
  if (!Array.isArray(parsed)) throw new MalformedInput("SenML", "not a list of records");
  if (parsed.length > packRecordsMax) throw new MalformedInput("SenML", `more than ${packRecordsMax} records`);
  for (const each of parsed) {
    if (typeof each !== "object" || each === null || Array.isArray(each)) {
      throw new MalformedInput("SenML", "a record that is none");
    }
  }
  return parsed;
}

function nameOf(place: Path | undefined, rootPath: readonly string[]): string {
  const root = rootPath.map((segment) => `/${segment}`).join("");
  return place ? root + formatPath(place) : root || "/";
}

function parseName(name: string, rootPath: readonly string[]): Path {
  const root = rootPath.map((segment) => `/${segment}`).join("");
  const below = root !== "" && name.startsWith(`${root}/`) ? name.slice(root.length) : name;
  return parsePath(below.startsWith("/") ? below : `/${below}`);
}

function numberOf(value: unknown, field: string): number {
  const source = (value as { number?: string } | undefined)?.number;
  if (source === undefined || !Number.isFinite(Number(source)))
    throw new MalformedInput("SenML", `${field} is no number`);
  return Number(source);
}

function fieldOf(value: ResourceValue): string {
  switch (value.type) {
    case "string":
    case "corelnk":
      return `"vs":${JSON.stringify(value.value)}`;
    case "boolean":
      return `"vb":${value.value}`;
    case "opaque":
      return `"vd":"${Buffer.from(value.value).toString("base64url")}"`;
    case "objlnk":
      return `"vlo":"${value.value.object}:${value.value.instance}"`;
    default:
      return `"v":${value.value}`;
  }
}

function recordValue(record: SenmlRecord, path: Path, { typeAt }: PackContext): ResourceValue {
  const where = formatPath(path);
  const type = typeAt(path);
  if (typeof record.vs === "string") return { type: type === "corelnk" ? type : "string", value: record.vs };
  if (typeof record.vb === "boolean") return { type: "boolean", value: record.vb };
  if (typeof record.vd === "string") {
    return { type: "opaque", value: new Uint8Array(Buffer.from(record.vd, "base64url")) };
  }
  if (typeof record.vlo === "string") {
    const [, object, instance] = /^(\d{1,5}):(\d{1,5})$/.exec(record.vlo) ?? [];
    if (object === undefined) throw new MalformedInput(where, "not an object link");
    return { type: "objlnk", value: { object: Number(object), instance: Number(instance) } };
  }
  const source = (record.v as { number?: string } | undefined)?.number;
  if (source === undefined) throw new MalformedInput(where, "a record without a value");
  const isWhole = /^-?\d{1,20}$/.test(source);
  if (type === "float" || !isWhole) return { type: "float", value: Number(source) };
  return { type: type === "unsigned" || type === "time" ? type : "integer", value: BigInt(source) };
}
