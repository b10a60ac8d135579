import type { ResourceModel } from "./object-model.ts";
import { integerMax, integerMin, type ResourceValue, unsignedMax } from "./value.ts";

/** What a range text of a resource model means. Numbers bound the value itself; bytes bound its length. */
export type ValueRange =
  | { readonly kind: "number"; readonly min: number; readonly max: number }
  | { readonly kind: "bytes"; readonly min: number; readonly max: number }
  | { readonly kind: "byte-choices"; readonly lengths: readonly number[] };

/** Spellings remembered. Beyond, as uploaded definitions come and go, all are forgotten and read again. */
const rangesMax = 10_000;
const ranges = new Map<string, ValueRange | undefined>();

/** Reads a range as {@link ResourceModel.range} spells it; `undefined` for the empty one. Spellings get remembered. */
export function readRange(range: string): ValueRange | undefined {
  if (!ranges.has(range)) {
    if (ranges.size >= rangesMax) ranges.clear();
    ranges.set(range, parseRange(range));
  }
  return ranges.get(range);
}

/**
 * Judges a value against its resource's definition: its type first, then its range.
 *
 * Answers what is wrong, to be read after the path: `must be 0..100, and 140 is not`; `undefined` when all is well.
 */
export function judgeValue(value: ResourceValue, { type, range }: ResourceModel): string | undefined {
  if (type !== undefined && value.type !== type) return `holds a value of type ${type}, not ${value.type}`;
  if (value.type === "integer" || value.type === "time") {
    if (value.value < integerMin || value.value > integerMax) return "must fit in a signed 64-bit integer";
  }
  if (value.type === "unsigned" && (value.value < 0n || value.value > unsignedMax)) {
    return "must fit in an unsigned 64-bit integer";
  }
  if (value.type === "float" && !Number.isFinite(value.value)) return "must be a finite number";
  if (value.type === "objlnk" && !(isId(value.value.object) && isId(value.value.instance))) {
    return "must link to an object and an instance from 0 to 65535";
  }
  const bounds = readRange(range);
  return bounds && outside(value, bounds, range);
}

function outside(value: ResourceValue, bounds: ValueRange, range: string): string | undefined {
  const size = lengthOf(value);
  switch (bounds.kind) {
    case "number":
      if (typeof value.value !== "bigint" && typeof value.value !== "number") return undefined;
      if (value.value >= bounds.min && value.value <= bounds.max) return undefined;
      return `must be ${range}, and ${value.value} is not`;
    case "bytes":
      if (size === undefined || (size >= bounds.min && size <= bounds.max)) return undefined;
      return `must be ${range} long, and this is ${size}`;
    case "byte-choices":
      if (size === undefined || bounds.lengths.includes(size)) return undefined;
      return `must be ${range} long, and this is ${size}`;
  }
}

function lengthOf(value: ResourceValue): number | undefined {
  if (value.type === "opaque") return value.value.length;
  return value.type === "string" ? new TextEncoder().encode(value.value).length : undefined;
}

function parseRange(range: string): ValueRange | undefined {
  const span = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)( bytes)?$/.exec(range);
  if (span) return { kind: span[3] ? "bytes" : "number", min: Number(span[1]), max: Number(span[2]) };
  // Word for word: an uploaded definition may say "at most 64 bytes", which is no list of lengths.
  if (/^\d+(?:, \d+)*(?: or \d+)? bytes?$/.test(range))
    return { kind: "byte-choices", lengths: (range.match(/\d+/g) ?? []).map(Number) };
  return undefined;
}

const isId = (id: number) => Number.isInteger(id) && id >= 0 && id <= 65_535;
