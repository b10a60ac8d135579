import { MalformedInput } from "@lamplighter/lwm2m/malformed-input";
import { type MultipleResource, type Node, type ResourceNode, resourcesOf } from "@lamplighter/lwm2m/node";
import { formatPath, type Path, parsePath } from "@lamplighter/lwm2m/path";
import { isPackageUri, isSecret, shownUri } from "@lamplighter/lwm2m/trace/secrets";
import { integerMax, integerMin, type ResourceValue, unsignedMax } from "@lamplighter/lwm2m/value";
import { Problem } from "../problem.ts";
import type { ReadingView, WireValue } from "../views.ts";

type SingleWire = Exclude<WireValue, { type: "multiple" }>;

/** A value as it travels: integers and times as decimal strings, opaque as base64, links as `3:0`. */
export function toWire(value: ResourceValue): SingleWire {
  switch (value.type) {
    case "float":
      // A light without a fix may say NaN in TLV, and JSON has no word for it.
      return Number.isFinite(value.value) ? value : { type: "string", value: String(value.value) };
    case "boolean":
      return value;
    case "opaque":
      return { type: "opaque", value: Buffer.from(value.value).toString("base64") };
    case "objlnk":
      return { type: "objlnk", value: `${value.value.object}:${value.value.instance}` };
    default:
      return { type: value.type, value: String(value.value) };
  }
}

/** Reads a value back. Throws {@link Problem} naming what cannot be read. */
export function fromWire(wire: SingleWire): ResourceValue {
  switch (wire.type) {
    case "float":
    case "boolean":
    case "string":
    case "corelnk":
      return wire as ResourceValue;
    case "integer":
      return { type: "integer", value: wholeNumber(wire.value, integerMin, integerMax) };
    case "time":
      return { type: "time", value: wholeNumber(wire.value, integerMin, integerMax) };
    case "unsigned":
      return { type: "unsigned", value: wholeNumber(wire.value, 0n, unsignedMax) };
    case "opaque":
      return { type: "opaque", value: bytesOf(wire.value) };
    case "objlnk":
      return { type: "objlnk", value: linkOf(wire.value) };
  }
}

/** A resource with one value or several, to be written at `resource`. */
export function toResource(resource: number, wire: WireValue): ResourceNode {
  return wire.type === "multiple"
    ? multipleResource(resource, wire.values)
    : { kind: "single", resource, value: fromWire(wire) };
}

function multipleResource(resource: number, values: Readonly<Record<string, WireValue>>): MultipleResource {
  const entries = Object.entries(values).map(([instance, value]) => {
    if (value.type === "multiple")
      throw new Problem("invalid-input", "A resource instance holds one value, not several.");
    return [Number(instance), fromWire(value)] as const;
  });
  return { kind: "multiple", resource, values: new Map(entries) };
}

export interface WireReading {
  readonly path: string;
  readonly value: WireValue;
}

/** Every resource below a node, as it travels and may be kept: see {@link withoutSecrets}. */
export function readingsOf(node: Node, at: string): WireReading[] {
  return [...resourcesOf(node, parsePath(at))].map(({ path, resource }) => ({
    path: formatPath(path),
    value: withoutSecrets(
      path,
      resource.kind === "single"
        ? toWire(resource.value)
        : {
            type: "multiple",
            values: Object.fromEntries([...resource.values].map(([id, value]) => [String(id), toWire(value)])),
          },
    ),
  }));
}

/**
 * A value as it may be shown and kept. Keys and credentials stay with the light, whoever wrote them and whatever it answers;
 * who knows the token of a download's address may fetch the image, so that stays here.
 */
export function withoutSecrets(path: Path, wire: WireValue): WireValue {
  if (isPackageUri(path)) return wire.type === "string" ? { ...wire, value: shownUri(wire.value) } : wire;
  return isSecret(path, undefined) ? { type: "string", value: notShown } : wire;
}

/** Stands where a key or a credential would. */
export const notShown = "(not shown)";

export function readingView({ path, value }: WireReading, source: ReadingView["source"], at: Date): ReadingView {
  return { path, value: withoutSecrets(parsePath(path), value), source, at: at.toISOString() };
}

/** Reads a path that a person typed. */
export function pathFrom(text: string): Path {
  try {
    return parsePath(text);
  } catch (cause) {
    if (!(cause instanceof MalformedInput)) throw cause;
    throw new Problem("invalid-input", `${text} is no path. Write one such as /3/0/3.`, { cause });
  }
}

function wholeNumber(text: string, min: bigint, max: bigint): bigint {
  // Not BigInt() alone: that also reads "", " 3" and "0x5".
  if (!/^-?\d{1,20}$/.test(text)) throw new Problem("invalid-input", `"${text.slice(0, 40)}" is no whole number.`);
  const value = BigInt(text);
  if (value < min || value > max) throw new Problem("invalid-input", `${text} does not fit into 64 bits.`);
  return value;
}

function bytesOf(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  // Node skips what is not base64; written back it then differs.
  if (withoutPadding(bytes.toString("base64")) !== withoutPadding(text)) {
    throw new Problem("invalid-input", "This is no base64. Opaque values are written in base64.");
  }
  return new Uint8Array(bytes);
}

/** Two at most: a pattern for any number of them would look through a long text from each of them. */
const withoutPadding = (text: string) => text.replace(/={1,2}$/, "");

function linkOf(text: string): { object: number; instance: number } {
  const match = /^(\d{1,5}):(\d{1,5})$/.exec(text);
  const [object, instance] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || object > 65_535 || instance > 65_535) {
    throw new Problem("invalid-input", `"${text.slice(0, 40)}" is no object link. Write one such as 3:0.`);
  }
  return { object, instance };
}
