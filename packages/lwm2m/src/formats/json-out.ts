import type { ResourceValue } from "../value.ts";

/** The names that a JSON format gives to values by their kind, and how it writes bytes. */
export interface JsonValueNames {
  readonly number: string;
  readonly boolean: string;
  readonly text: string;
  readonly link: string;
  readonly bytes: string;
  readonly base64: (bytes: Uint8Array) => string;
}

/** Writes a value as a member of an object: `"v":21.5`. Throws {@link RangeError} for a number that JSON cannot say. */
export function jsonMember(value: ResourceValue, names: JsonValueNames): string {
  switch (value.type) {
    case "integer":
    case "unsigned":
    case "time":
    case "float":
      return `"${names.number}":${jsonNumber(value.value)}`;
    case "boolean":
      return `"${names.boolean}":${value.value}`;
    case "opaque":
      return `"${names.bytes}":"${names.base64(value.value)}"`;
    case "objlnk":
      return `"${names.link}":"${value.value.object}:${value.value.instance}"`;
    case "string":
    case "corelnk":
      return `"${names.text}":${JSON.stringify(value.value)}`;
  }
}

/** A number as JSON: every digit of an integer; a float so that it is read as the same float. */
export function jsonNumber(value: bigint | number): string {
  if (typeof value === "bigint") return value.toString();
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a number in JSON`);
  return Object.is(value, -0) ? "-0.0" : String(value);
}
