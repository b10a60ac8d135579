import { MalformedInput } from "../malformed-input.ts";
import {
  integerMax,
  integerMin,
  type ObjectLink,
  type ResourceType,
  type ResourceValue,
  unsignedMax,
} from "../value.ts";

/**
 * A value as a self-describing format (JSON, CBOR) carries it, before the object model says what type it is meant to be.
 *
 * A float may denote a whole number (`1e3`, `4.0`); then `whole` has it exactly.
 */
export type WireValue =
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number; readonly whole?: bigint }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "link"; readonly value: ObjectLink }
  | { readonly kind: "null" };

/**
 * Gives a value the type that the object model asks for, or, for a resource that we do not know, the type that it came
 * in (OMA TS Core 1.2 Table C-2). `where` names the resource in an error.
 *
 * A whole number may stand for a float, and a float that is whole for an integer: devices whose values are all doubles
 * send them so. Nothing else is converted. Throws {@link MalformedInput}.
 */
export function typedValue(wire: WireValue, type: ResourceType | undefined, where: string): ResourceValue {
  switch (type) {
    case undefined:
      return untypedValue(wire, where);
    case "string":
    case "corelnk":
      if (wire.kind === "text") return { type, value: wire.value };
      break;
    case "integer":
    case "time":
      return { type, value: wholeNumber(wire, integerMin, integerMax, type, where) };
    case "unsigned":
      return { type, value: wholeNumber(wire, 0n, unsignedMax, type, where) };
    case "float":
      if (wire.kind === "integer") return { type, value: Number(wire.value) };
      if (wire.kind === "float") return { type, value: finite(wire.value, where) };
      break;
    case "boolean":
      if (wire.kind === "boolean") return { type, value: wire.value };
      break;
    case "opaque":
      if (wire.kind === "bytes") return { type, value: wire.value };
      break;
    case "objlnk":
      if (wire.kind === "link") return { type, value: wire.value };
      if (wire.kind === "text") return { type, value: parseObjectLink(wire.value, where) };
      break;
  }
  return wrongKind(wire, type, where);
}

/** Reads `3:0`. Throws {@link MalformedInput}. */
export function parseObjectLink(text: string, where: string): ObjectLink {
  const [object = -1, instance = -1] = /^(\d{1,5}):(\d{1,5})$/.exec(text)?.slice(1).map(Number) ?? [];
  if (object < 0 || object > 65_535 || instance > 65_535) {
    throw new MalformedInput(where, `${JSON.stringify(text.slice(0, 64))} is not a link like 3:0`);
  }
  return { object, instance };
}

/** Refuses what is not a number to count with: NaN and the infinities. */
export function finite(value: number, where: string): number {
  if (!Number.isFinite(value)) throw new MalformedInput(where, `${value} is not a number that can be stored`);
  return value;
}

/** A float with the whole number that it denotes, if it does. */
export function floatValue(value: number): WireValue {
  return Number.isInteger(value) ? { kind: "float", value, whole: BigInt(value) } : { kind: "float", value };
}

function untypedValue(wire: WireValue, where: string): ResourceValue {
  switch (wire.kind) {
    case "integer":
      if (wire.value > integerMax) {
        return { type: "unsigned", value: wholeNumber(wire, 0n, unsignedMax, "unsigned", where) };
      }
      return { type: "integer", value: wholeNumber(wire, integerMin, integerMax, "integer", where) };
    case "float":
      return { type: "float", value: finite(wire.value, where) };
    case "text":
      return { type: "string", value: wire.value };
    case "boolean":
      return { type: "boolean", value: wire.value };
    case "bytes":
      return { type: "opaque", value: wire.value };
    case "link":
      return { type: "objlnk", value: wire.value };
    case "null":
      return wrongKind(wire, "any type", where);
  }
}

function wholeNumber(wire: WireValue, min: bigint, max: bigint, type: string, where: string): bigint {
  const value = wire.kind === "integer" ? wire.value : wire.kind === "float" ? wire.whole : undefined;
  if (value === undefined) return wrongKind(wire, type, where);
  if (value < min || value > max) throw new MalformedInput(where, `${value} is not a number of 64 bits`);
  return value;
}

function wrongKind(wire: WireValue, type: string, where: string): never {
  const what = wire.kind === "float" ? `${wire.value}` : wire.kind;
  throw new MalformedInput(where, `${what} came for a value of type ${type}`);
}
