import { MalformedInput } from "./malformed-input.ts";
import { decodeUtf8 } from "./tlv-value.ts";
import { integerMax, integerMin, type ResourceType, type ResourceValue, unsignedMax } from "./value.ts";

/**
 * Reads a value in plain text (OMA TS Core 1.1 §7.4.1, Appendix C): `-7`, `0.5`, `1` for true, base64 for opaque, `3:0`
 * for a link. `where` names the resource in an error. Throws {@link MalformedInput}.
 */
export function decodeText(bytes: Uint8Array, type: ResourceType, where: string): ResourceValue {
  const text = decodeUtf8(bytes, where);
  switch (type) {
    case "string":
    case "corelnk":
      return { type, value: text };
    case "integer":
    case "time":
      return { type, value: readInteger(text, integerMin, integerMax, where) };
    case "unsigned":
      return { type, value: readInteger(text, 0n, unsignedMax, where) };
    case "float":
      // The specification knows no exponent; devices that print with %g send one all the same.
      if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/.test(text))
        return unreadable(text, "a decimal number", where);
      if (!Number.isFinite(Number(text))) return unreadable(text, "within a float's reach", where);
      return { type, value: Number(text) };
    case "boolean":
      if (text !== "0" && text !== "1") return unreadable(text, "0 or 1", where);
      return { type, value: text === "1" };
    case "opaque":
      return { type, value: readBase64(text, where) };
    case "objlnk": {
      const ids = /^(\d{1,5}):(\d{1,5})$/.exec(text)?.slice(1).map(Number);
      const [object = -1, instance = -1] = ids ?? [];
      if (!ids || object > 65_535 || instance > 65_535) return unreadable(text, "a link like 3:0", where);
      return { type, value: { object, instance } };
    }
  }
}

/** Writes a value in plain text. */
export function encodeText(value: ResourceValue): Uint8Array {
  return new TextEncoder().encode(textOf(value));
}

function textOf(value: ResourceValue): string {
  switch (value.type) {
    case "string":
    case "corelnk":
      return value.value;
    case "integer":
    case "unsigned":
    case "time":
      return value.value.toString();
    case "float":
      return decimal(value.value);
    case "boolean":
      return value.value ? "1" : "0";
    case "opaque":
      return btoa(Array.from(value.value, (byte) => String.fromCharCode(byte)).join(""));
    case "objlnk":
      return `${value.value.object}:${value.value.instance}`;
  }
}

/** Writes a number without an exponent, exactly: devices are not required to read one. */
export function decimal(value: number): string {
  const plain = Object.is(value, -0) ? "-0" : String(value);
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(plain);
  if (!parts) return plain;
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = parts;
  const digits = whole + fraction;
  const point = 1 + Number(exponentText);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`;
}

function readInteger(text: string, min: bigint, max: bigint, where: string): bigint {
  // At most 20 digits: longer ones cannot fit, and would cost time to find out.
  // Some devices print whole numbers like floats, with a point and a nought behind it.
  const [, digits] = /^\+?(-?\d{1,20})(?:\.0{1,8})?$/.exec(text) ?? [];
  if (digits === undefined || text.startsWith("+-")) return unreadable(text, "a whole number", where);
  const value = BigInt(digits);
  if (value < min || value > max) return unreadable(text, "a number of 64 bits", where);
  return value;
}

function readBase64(text: string, where: string): Uint8Array {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    return unreadable(text, "base64", where);
  }
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function unreadable(text: string, expected: string, where: string): never {
  throw new MalformedInput(where, `${JSON.stringify(text.slice(0, 64))} is not ${expected}`);
}
