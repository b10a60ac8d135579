import { MalformedInput } from "../malformed-input.ts";
import type { ResourceValue } from "../value.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";
import { type JsonItem, parseExactJson } from "./exact-json.ts";
import { formatLimits } from "./format-limits.ts";
import { isKnownLabel, type SenmlLabel, type SenmlRecord } from "./senml.ts";
import type { SenmlOut } from "./senml-out.ts";
import { parseObjectLink, type WireValue } from "./wire-value.ts";

/** Reads the records of a SenML pack in JSON (RFC 8428 §5). `what` names the format. Throws {@link MalformedInput}. */
export function readSenmlJson(bytes: Uint8Array, what: string): SenmlRecord[] {
  const pack = parseExactJson(bytes, what);
  if (pack.kind !== "array") throw new MalformedInput(what, "it is not an array of records");
  if (pack.items.length > formatLimits.recordsMax) {
    throw new MalformedInput(what, `it holds more than ${formatLimits.recordsMax} records`);
  }
  return pack.items.map((item) => readRecord(item, what));
}

/** Writes records as SenML JSON. Throws {@link RangeError} for a number that JSON cannot say. */
export function writeSenmlJson(records: readonly SenmlOut[]): Uint8Array {
  return new TextEncoder().encode(`[${records.map(recordJson).join(",")}]`);
}

/** A number as JSON: every digit of an integer; a float so that it is read as the same float. */
export function jsonNumber(value: bigint | number): string {
  if (typeof value === "bigint") return value.toString();
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a number in JSON`);
  return Object.is(value, -0) ? "-0.0" : String(value);
}

function readRecord(item: JsonItem, what: string): SenmlRecord {
  if (item.kind !== "object") throw new MalformedInput(what, "a record is not an object");
  const record = new Map<SenmlLabel, WireValue>();
  for (const [label, member] of item.members) {
    if (isKnownLabel(label, what)) record.set(label, readMember(label, member, what));
  }
  return record;
}

function readMember(label: SenmlLabel, member: JsonItem, what: string): WireValue {
  if (member.kind === "array" || member.kind === "object") {
    throw new MalformedInput(what, `"${label}" is not a value`);
  }
  if (member.kind !== "text") return member;
  if (label === "vd") return { kind: "bytes", value: decodeBase64Url(member.value, what) };
  if (label === "vlo") return { kind: "link", value: parseObjectLink(member.value, what) };
  return member;
}

function recordJson({ baseName, name, time, value }: SenmlOut): string {
  const members: string[] = [];
  if (baseName !== undefined) members.push(`"bn":${JSON.stringify(baseName)}`);
  if (name !== undefined) members.push(`"n":${JSON.stringify(name)}`);
  if (time !== undefined) members.push(`"t":${jsonNumber(time)}`);
  if (value === null) members.push('"v":null');
  else if (value !== undefined) members.push(valueJson(value));
  return `{${members.join(",")}}`;
}

function valueJson(value: ResourceValue): string {
  switch (value.type) {
    case "integer":
    case "unsigned":
    case "time":
    case "float":
      return `"v":${jsonNumber(value.value)}`;
    case "boolean":
      return `"vb":${value.value}`;
    case "opaque":
      return `"vd":"${encodeBase64Url(value.value)}"`;
    case "objlnk":
      return `"vlo":"${value.value.object}:${value.value.instance}"`;
    case "string":
    case "corelnk":
      return `"vs":${JSON.stringify(value.value)}`;
  }
}
