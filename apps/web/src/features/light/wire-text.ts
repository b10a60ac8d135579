import type { WireValue } from "@lamplighter/api/views";

/** The types a resource may have, as they are named in the object definitions. */
export const wireTypes = [
  "string",
  "integer",
  "unsigned",
  "float",
  "boolean",
  "time",
  "opaque",
  "objlnk",
  "corelnk",
] as const;
export type WireType = (typeof wireTypes)[number];

export function isWireType(type: string): type is WireType {
  return wireTypes.some((known) => known === type);
}

/** What was typed for a value, understood or not. */
export type ParsedValue =
  | { readonly kind: "ok"; readonly value: WireValue }
  | { readonly kind: "wrong"; readonly problem: string };

const wrong = (problem: string): ParsedValue => ({ kind: "wrong", problem });

/**
 * Reads what a person typed for a value of the given type. Integers stay text, because 64 bits do not fit into a number;
 * opaque bytes are typed as hexadecimal, times as a date or as seconds.
 */
export function parseWireText(type: WireType, text: string): ParsedValue {
  const trimmed = text.trim();
  switch (type) {
    case "string":
      return { kind: "ok", value: { type, value: text } };
    case "corelnk":
      return { kind: "ok", value: { type, value: trimmed } };
    case "integer":
      return /^[+-]?\d{1,19}$/.test(trimmed)
        ? { kind: "ok", value: { type, value: trimmed.replace(/^\+/, "") } }
        : wrong("Write a whole number, such as 42 or -7.");
    case "unsigned":
      return /^\d{1,20}$/.test(trimmed)
        ? { kind: "ok", value: { type, value: trimmed } }
        : wrong("Write a whole number from 0.");
    case "float": {
      const number = Number(trimmed);
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) && Number.isFinite(number)
        ? { kind: "ok", value: { type, value: number } }
        : wrong("Write a number, such as 21.5.");
    }
    case "boolean":
      if (trimmed === "true") return { kind: "ok", value: { type, value: true } };
      if (trimmed === "false") return { kind: "ok", value: { type, value: false } };
      return wrong("Choose true or false.");
    case "time":
      return parseTime(trimmed);
    case "opaque":
      return parseHex(trimmed);
    case "objlnk":
      return /^\d{1,5}:\d{1,5}$/.test(trimmed)
        ? { kind: "ok", value: { type, value: trimmed } }
        : wrong("Write object and instance with a colon, such as 3:0.");
  }
}

function parseTime(text: string): ParsedValue {
  if (/^-?\d{1,12}$/.test(text)) return { kind: "ok", value: { type: "time", value: text } };
  const milliseconds = Date.parse(text);
  if (text === "" || Number.isNaN(milliseconds)) {
    return wrong("Write a date and time, such as 2027-01-31 18:00, or seconds since 1970.");
  }
  return { kind: "ok", value: { type: "time", value: String(Math.floor(milliseconds / 1000)) } };
}

function parseHex(text: string): ParsedValue {
  const digits = text.replace(/[\s:]/g, "").replace(/^0x/i, "");
  if (!/^([0-9a-f]{2})*$/i.test(digits)) return wrong("Write the bytes as pairs of hexadecimal digits, such as 0a ff.");
  const bytes = digits.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
  return { kind: "ok", value: { type: "opaque", value: btoa(String.fromCharCode(...bytes)) } };
}

/** Reads several values, one a line as `instance=value`; a line without a number takes the next free one. */
export function parseMultipleText(type: WireType, text: string): ParsedValue {
  const values: Record<string, WireValue> = {};
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  for (const [index, line] of lines.entries()) {
    const [, id = String(index), rest = line] = /^\s*(\d{1,5})\s*=(.*)$/.exec(line) ?? [];
    const parsed = parseWireText(type, rest);
    if (parsed.kind === "wrong") return wrong(`Line ${index + 1}: ${parsed.problem}`);
    if (id in values) return wrong(`Line ${index + 1}: instance ${id} stands there twice.`);
    values[id] = parsed.value;
  }
  return { kind: "ok", value: { type: "multiple", values } };
}

/** A value as it is typed: what {@link parseWireText} reads back. */
export function wireTextOf(value: WireValue): string {
  switch (value.type) {
    case "multiple":
      return Object.entries(value.values)
        .map(([id, each]) => `${id}=${wireTextOf(each)}`)
        .join("\n");
    case "boolean":
    case "float":
      return String(value.value);
    case "opaque":
      return hexOf(value.value);
    case "time": {
      const date = new Date(Number(value.value) * 1000);
      return Number.isNaN(date.getTime()) ? value.value : date.toISOString();
    }
    default:
      return value.value;
  }
}

const bytesShownMax = 32;

/** A value as it is shown to people; long bytes are cut and say how many there are. */
export function showWire(value: WireValue): string {
  switch (value.type) {
    case "multiple": {
      const entries = Object.entries(value.values);
      return entries.length === 0 ? "none" : entries.map(([id, each]) => `${id}: ${showWire(each)}`).join(", ");
    }
    case "boolean":
      return value.value ? "true" : "false";
    case "float":
      return String(Math.round(value.value * 1e6) / 1e6);
    case "opaque": {
      const hex = hexOf(value.value);
      const bytes = hex === "" ? 0 : (hex.length + 1) / 3;
      return bytes > bytesShownMax ? `${hex.slice(0, bytesShownMax * 3 - 1)} … (${bytes} bytes)` : hex || "no bytes";
    }
    case "time": {
      const date = new Date(Number(value.value) * 1000);
      return Number.isNaN(date.getTime())
        ? value.value
        : date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
    }
    default:
      return value.value === "" ? "empty" : value.value;
  }
}

function hexOf(base64: string): string {
  return [...atob(base64)].map((char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join(" ");
}

const unitWords: Readonly<Record<string, string>> = { Cel: "°C", "/100": "%", "%": "%", "1": "", lat: "°", lon: "°" };

/** A unit of the registry as people write it. */
export function unitWord(unit: string): string {
  return unitWords[unit] ?? unit;
}
