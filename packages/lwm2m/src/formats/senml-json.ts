import { MalformedInput } from "../malformed-input.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";
import { type JsonItem, parseExactJson } from "./exact-json.ts";
import { formatLimits } from "./format-limits.ts";
import { type JsonValueNames, jsonMember, jsonNumber } from "./json-out.ts";
import { isKnownLabel, type SenmlLabel, type SenmlRecord } from "./senml.ts";
import type { SenmlOut } from "./senml-out.ts";
import { parseObjectLink, type WireValue } from "./wire-value.ts";

const senmlNames: JsonValueNames = {
  number: "v",
  boolean: "vb",
  text: "vs",
  link: "vlo",
  bytes: "vd",
  base64: encodeBase64Url,
};

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
  else if (value !== undefined) members.push(jsonMember(value, senmlNames));
  return `{${members.join(",")}}`;
}
