import { MalformedInput } from "../malformed-input.ts";
import { formatPath, type Path } from "../path.ts";
import type { ResourceType } from "../value.ts";
import { base64, decodeBase64Url } from "./base64url.ts";
import { type JsonItem, parseExactJson } from "./exact-json.ts";
import { formatLimits } from "./format-limits.ts";
import { type JsonValueNames, jsonMember, jsonNumber } from "./json-out.ts";
import { idsOf, type ReadingContext, type TimestampedValue, typeAt } from "./reading-context.ts";
import { parseName } from "./record-name.ts";
import { absoluteTime, numberOf } from "./senml.ts";

import { parseObjectLink, typedValue, type WireValue } from "./wire-value.ts";

const omaNames: JsonValueNames = { number: "v", boolean: "bv", text: "sv", link: "ov", bytes: "sv", base64 };
const valueKeys = ["v", "sv", "bv", "ov"] as const;

/**
 * Reads the JSON of LwM2M 1.0 (content format 11543, OMA TS 1.0 §6.4.4): one base name and time, and an array `e` of
 * entries. Without a base name, names count from `base`, the path that was asked for. Opaque values are base64 texts;
 * only the object model tells them from other texts. Throws {@link MalformedInput}.
 */
export function readOmaJson(
  bytes: Uint8Array,
  base: Path | undefined,
  what: string,
  context: ReadingContext,
): TimestampedValue[] {
  const document = parseExactJson(bytes, what);
  if (document.kind !== "object") throw new MalformedInput(what, "it is not an object");
  const entries = document.members.get("e");
  if (entries?.kind !== "array") throw new MalformedInput(what, '"e" is not an array of entries');
  if (entries.items.length > formatLimits.recordsMax) {
    throw new MalformedInput(what, `it holds more than ${formatLimits.recordsMax} entries`);
  }
  const baseName = textAt(document.members, "bn", what);
  const baseTime = numberAt(document.members, "bt", what) ?? 0;
  return entries.items.map((entry) => {
    if (entry.kind !== "object") throw new MalformedInput(what, "an entry is not an object");
    const name = textAt(entry.members, "n", what) ?? "";
    const path = parseName((baseName ?? nameOf(base)) + name, what, context);
    if (path === "/" || path.resource === undefined) {
      throw new MalformedInput(what, `${JSON.stringify(name.slice(0, 64))} does not name a resource`);
    }
    const where = `${what} ${formatPath(path)}`;
    const type = typeAt(path, context);
    const value = typedValue(valueAt(entry.members, type, where), type, where);
    const time = absoluteTime(baseTime + (numberAt(entry.members, "t", what) ?? 0), context.nowSeconds);
    return { path, value, ...(time !== undefined && { time }) };
  });
}

/** Writes values in the JSON of LwM2M 1.0. Throws {@link RangeError} for a number that JSON cannot say. */
export function writeOmaJson(values: readonly TimestampedValue[]): Uint8Array {
  const entries = values.map(({ path, time, value }) => {
    const moment = time === undefined ? "" : `,"t":${jsonNumber(time)}`;
    return `{"n":"${idsOf(path).join("/")}",${jsonMember(value, omaNames)}${moment}}`;
  });
  return new TextEncoder().encode(`{"bn":"/","e":[${entries.join(",")}]}`);
}

function nameOf(base: Path | undefined): string {
  return base ? `${formatPath(base)}/` : "";
}

function valueAt(members: ReadonlyMap<string, JsonItem>, type: ResourceType | undefined, where: string): WireValue {
  const [key, another] = valueKeys.filter((candidate) => members.has(candidate));
  if (key === undefined) throw new MalformedInput(where, "it has no value");
  if (another !== undefined) throw new MalformedInput(where, `it has both "${key}" and "${another}"`);
  const member = members.get(key)!; // Present: the filter above.
  switch (key) {
    case "v":
      if (member.kind === "integer" || member.kind === "float") return member;
      break;
    case "bv":
      if (member.kind === "boolean") return member;
      break;
    case "ov":
      if (member.kind === "text") return { kind: "link", value: parseObjectLink(member.value, where) };
      break;
    case "sv":
      if (member.kind !== "text") break;
      return type === "opaque" ? { kind: "bytes", value: decodeBase64Url(member.value, where) } : member;
  }
  throw new MalformedInput(where, `"${key}" holds a value of another kind: ${member.kind}`);
}

function textAt(members: ReadonlyMap<string, JsonItem>, key: string, what: string): string | undefined {
  const member = members.get(key);
  if (!member) return undefined;
  if (member.kind !== "text") throw new MalformedInput(what, `"${key}" is not text`);
  return member.value;
}

function numberAt(members: ReadonlyMap<string, JsonItem>, key: string, what: string): number | undefined {
  const member = members.get(key);
  if (!member) return undefined;
  if (member.kind === "integer" || member.kind === "float") return numberOf(member, key, what);
  throw new MalformedInput(what, `"${key}" is not a number`);
}
