import { MalformedInput } from "../malformed-input.ts";
import type { ResourceValue } from "../value.ts";
import { type CborItem, readCbor } from "./cbor-reader.ts";
import {
  cborArray,
  cborBoolean,
  cborBytes,
  cborFloat,
  cborInteger,
  cborMap,
  cborNull,
  cborText,
} from "./cbor-writer.ts";
import { formatLimits } from "./format-limits.ts";
import { isKnownLabel, type SenmlLabel, type SenmlRecord } from "./senml.ts";
import type { SenmlOut } from "./senml-out.ts";
import { parseObjectLink, type WireValue } from "./wire-value.ts";

/** The numbers that stand for labels (RFC 8428 §6 Table 4). `vlo` has none and is spelled out. */
const labelOfNumber: ReadonlyMap<bigint, SenmlLabel> = new Map<bigint, SenmlLabel>([
  [-1n, "bver"],
  [-2n, "bn"],
  [-3n, "bt"],
  [-4n, "bu"],
  [-5n, "bv"],
  [-6n, "bs"],
  [0n, "n"],
  [1n, "u"],
  [2n, "v"],
  [3n, "vs"],
  [4n, "vb"],
  [5n, "s"],
  [6n, "t"],
  [7n, "ut"],
  [8n, "vd"],
]);

/** Reads the records of a SenML pack in CBOR (RFC 8428 §6). `what` names the format. Throws {@link MalformedInput}. */
export function readSenmlCbor(bytes: Uint8Array, what: string): SenmlRecord[] {
  const pack = readCbor(bytes, what);
  if (pack.kind !== "array") throw new MalformedInput(what, "it is not an array of records");
  if (pack.items.length > formatLimits.recordsMax) {
    throw new MalformedInput(what, `it holds more than ${formatLimits.recordsMax} records`);
  }
  return pack.items.map((item) => readRecord(item, what));
}

/** Writes records as SenML CBOR. Throws {@link RangeError} for a number that is not one. */
export function writeSenmlCbor(records: readonly SenmlOut[]): Uint8Array {
  return cborArray(records.map(recordCbor));
}

function readRecord(item: CborItem, what: string): SenmlRecord {
  if (item.kind !== "map") throw new MalformedInput(what, "a record is not a map");
  const record = new Map<SenmlLabel, WireValue>();
  for (const [key, value] of item.entries) {
    const label = readLabel(key, what);
    if (label === undefined) continue;
    if (record.has(label)) throw new MalformedInput(what, `"${label}" is there twice in one record`);
    if (value.kind === "array" || value.kind === "map") throw new MalformedInput(what, `"${label}" is not a value`);
    const isLink = label === "vlo" && value.kind === "text";
    record.set(label, isLink ? { kind: "link", value: parseObjectLink(value.value, what) } : value);
  }
  return record;
}

function readLabel(key: CborItem, what: string): SenmlLabel | undefined {
  if (key.kind === "integer") return labelOfNumber.get(key.value);
  if (key.kind !== "text") throw new MalformedInput(what, `a label is neither a number nor text: ${key.kind}`);
  return isKnownLabel(key.value, what) ? key.value : undefined;
}

const numberOfLabel = (label: SenmlLabel) => {
  const found = [...labelOfNumber].find(([, candidate]) => candidate === label);
  return found ? cborInteger(found[0]) : cborText(label);
};
const key = {
  baseName: numberOfLabel("bn"),
  name: numberOfLabel("n"),
  time: numberOfLabel("t"),
  v: numberOfLabel("v"),
  vs: numberOfLabel("vs"),
  vb: numberOfLabel("vb"),
  vd: numberOfLabel("vd"),
  vlo: numberOfLabel("vlo"),
} as const;

function recordCbor({ baseName, name, time, value }: SenmlOut): Uint8Array {
  const entries: (readonly [Uint8Array, Uint8Array])[] = [];
  if (baseName !== undefined) entries.push([key.baseName, cborText(baseName)]);
  if (name !== undefined) entries.push([key.name, cborText(name)]);
  if (time !== undefined) entries.push([key.time, timeCbor(time)]);
  if (value === null) entries.push([key.v, cborNull]);
  else if (value !== undefined) entries.push([keyOf(value), cborValue(value)]);
  return cborMap(entries);
}

function timeCbor(time: number): Uint8Array {
  return Number.isSafeInteger(time) ? cborInteger(BigInt(time)) : cborFloat(time);
}

function keyOf(value: ResourceValue): Uint8Array {
  switch (value.type) {
    case "integer":
    case "unsigned":
    case "time":
    case "float":
      return key.v;
    case "boolean":
      return key.vb;
    case "opaque":
      return key.vd;
    case "objlnk":
      return key.vlo;
    case "string":
    case "corelnk":
      return key.vs;
  }
}

/** Writes a value as the CBOR formats carry it (OMA TS Core 1.2 Table C-2). */
export function cborValue(value: ResourceValue): Uint8Array {
  switch (value.type) {
    case "integer":
    case "unsigned":
    case "time":
      return cborInteger(value.value);
    case "float":
      return cborFloat(value.value);
    case "boolean":
      return cborBoolean(value.value);
    case "opaque":
      return cborBytes(value.value);
    case "objlnk":
      return cborText(`${value.value.object}:${value.value.instance}`);
    case "string":
    case "corelnk":
      return cborText(value.value);
  }
}
