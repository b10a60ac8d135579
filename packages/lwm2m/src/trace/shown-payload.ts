import { codeClass } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { decodeContent } from "../content.ts";
import { readDocument } from "../formats/documents.ts";
import { speaksFormat } from "../formats/node-codec.ts";
import { MalformedInput } from "../malformed-input.ts";
import { resourcesOf } from "../node.ts";
import type { ObjectModel } from "../object-model.ts";
import { formatPath, type Path, parsePath } from "../path.ts";
import { describeValue, type ResourceValue } from "../value.ts";
import { holdsSecrets, isSecret } from "./secrets.ts";

/** Bytes shown in hex, lines of values, and characters of one text. */
const hexBytesMax = 256;
const linesMax = 500;
const textMax = 4_096;

/** One value in a payload. */
export interface ShownValue {
  readonly path: string;
  readonly name: string | null;
  readonly type: string;
  /** `null`: it is a secret and not shown. */
  readonly value: string | null;
}

/** What a payload says, for a person. */
export type ShownPayload =
  | { readonly kind: "empty" }
  | { readonly kind: "values"; readonly values: readonly ShownValue[]; readonly more: boolean }
  | { readonly kind: "text"; readonly text: string; readonly more: boolean }
  | { readonly kind: "hex"; readonly hex: string; readonly more: boolean; readonly why: string }
  /** Not shown at all, and why not. */
  | { readonly kind: "hidden"; readonly why: string };

export interface PayloadSource {
  readonly payload: Uint8Array;
  /** All of it, of which `payload` may be a beginning. */
  readonly payloadBytes: number;
  readonly format: number | undefined;
  readonly code: number;
  /** Where it belongs, below the device's root; undefined when that is not known. */
  readonly path: readonly string[] | undefined;
  readonly modelOf: (object: number) => ObjectModel | undefined;
  /** Seconds since 1970, for times that are relative. */
  readonly nowSeconds: number;
}

/**
 * Takes a payload apart for people: values with their names where it can be read, else text, else hex. Keys and
 * credentials never come through, nor bytes that might hold them because they could not be taken apart.
 */
export function showPayload(source: PayloadSource): ShownPayload {
  const { payload, payloadBytes, format, path } = source;
  if (payloadBytes === 0) return { kind: "empty" };
  const isWhole = payload.length === payloadBytes;
  // A refusal explains itself in words (RFC 7252 §5.5.2).
  if (format === undefined && codeClass(source.code) >= 4) return textOf(payload, isWhole);
  const place = placeOf(path);
  if (format === contentFormat.link) return textOf(payload, isWhole);
  if (isWhole && format !== undefined) {
    const values = valuesOf(source, place);
    if (values) return { kind: "values", values: values.slice(0, linesMax), more: values.length > linesMax };
  }
  if (path === undefined)
    return { kind: "hidden", why: "What it belongs to was asked for before the recording began." };
  // Composite requests and Sends name their places inside: what cannot be read there may be anything.
  if (place === "other") return { kind: "hidden", why: "It cannot be taken apart, and may hold keys." };
  if (holdsSecrets(place.object) || isSecret(place, source.modelOf(place.object))) {
    return { kind: "hidden", why: "It holds keys or credentials." };
  }
  if (payload.length === 0) return { kind: "hidden", why: `${payloadBytes} bytes of firmware.` };
  if (format === undefined || format === contentFormat.text) return textOf(payload, isWhole);
  return hexOf(payload, isWhole, isWhole ? "It cannot be read in its content format." : "Only its beginning was kept.");
}

function valuesOf(
  { payload, format = 0, modelOf, nowSeconds }: PayloadSource,
  place: Path | "other",
): ShownValue[] | undefined {
  try {
    if (place === "other") {
      if (!speaksFormat(format)) return undefined;
      return readDocument(payload, format, undefined, { modelOf, nowSeconds }).map((one) =>
        shown(one.path, one.value, modelOf),
      );
    }
    const node = decodeContent(payload, format, place, modelOf(place.object));
    return [...resourcesOf(node, place)].flatMap(({ path, resource }) =>
      resource.kind === "single"
        ? [shown(path, resource.value, modelOf)]
        : [...resource.values].map(([instance, value]) =>
            shown({ ...path, resourceInstance: instance }, value, modelOf),
          ),
    );
  } catch (error) {
    // Whatever it is then, it is not what its content format says: told as bytes.
    if (error instanceof MalformedInput) return undefined;
    throw error;
  }
}

function shown(path: Path, value: ResourceValue, modelOf: PayloadSource["modelOf"]): ShownValue {
  const model = modelOf(path.object);
  return {
    path: formatPath(path),
    name: (path.resource !== undefined && model?.resources.get(path.resource)?.name) || null,
    type: value.type,
    value: isSecret(path, model) ? null : valueText(value),
  };
}

function valueText(value: ResourceValue): string {
  if (value.type !== "opaque") return cut(describeValue(value));
  const { length } = value.value;
  return `${length} bytes${length === 0 ? "" : `: ${hex(value.value.subarray(0, 32))}${length > 32 ? "…" : ""}`}`;
}

/** The place in the object tree that a request is about; `other` for everything else. */
function placeOf(path: readonly string[] | undefined): Path | "other" {
  if (!path || path.length === 0 || !/^\d/.test(path[0] ?? "")) return "other";
  try {
    return parsePath(`/${path.join("/")}`);
  } catch (error) {
    if (error instanceof MalformedInput) return "other";
    throw error;
  }
}

function textOf(payload: Uint8Array, isWhole: boolean): ShownPayload {
  try {
    const text = new TextDecoder("utf-8", { fatal: isWhole }).decode(payload);
    return { kind: "text", text: cut(text), more: !isWhole || text.length > textMax };
  } catch (error) {
    if (error instanceof TypeError) return hexOf(payload, isWhole, "It is not text.");
    throw error;
  }
}

function hexOf(payload: Uint8Array, isWhole: boolean, why: string): ShownPayload {
  return {
    kind: "hex",
    hex: hex(payload.subarray(0, hexBytesMax)),
    more: !isWhole || payload.length > hexBytesMax,
    why,
  };
}

const hex = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString("hex")
    .replace(/(..)(?=.)/g, "$1 ");
const cut = (text: string) => (text.length > textMax ? `${text.slice(0, textMax)}…`.toWellFormed() : text);
