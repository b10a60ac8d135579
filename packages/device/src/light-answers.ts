import {
  BAD_REQUEST,
  CONTENT,
  METHOD_NOT_ALLOWED,
  NOT_ACCEPTABLE,
  NOT_FOUND,
  UNSUPPORTED_CONTENT_FORMAT,
} from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import type { OutgoingResponse } from "@lamplighter/coap/endpoint";
import { checkWrite, isArguments } from "@lamplighter/lwm2m/check-write";
import { decodeContent, encodeContent } from "@lamplighter/lwm2m/content";
import { MalformedInput } from "@lamplighter/lwm2m/malformed-input";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { type Node, resourcesOf, singleValue } from "@lamplighter/lwm2m/node";
import type { Path } from "@lamplighter/lwm2m/path";
import { isPackageUri } from "@lamplighter/lwm2m/trace/secrets";
import type { ResourceValue } from "@lamplighter/lwm2m/value";
import { isSetting } from "./light-settings.ts";
import { exists, isExecutable, type LightState, nodeAt } from "./object-tree.ts";

const objectModels = knownObjects();
const valueFormats: readonly number[] = [contentFormat.tlv, contentFormat.senmlCbor, contentFormat.senmlJson];
const singleFormats: readonly number[] = [contentFormat.text, contentFormat.cbor];
const readFormats: readonly number[] = [...valueFormats, ...singleFormats, contentFormat.opaque, 1541, 1542];

/** Answers a Read (OMA TS Core 1.1 §6.3.1): TLV for anything, text for a single value. */
export function answerRead(path: Path, accept: number | undefined, light: LightState): OutgoingResponse {
  const node = nodeAt(path, light);
  if (!node) return { code: exists(path, light) ? METHOD_NOT_ALLOWED : NOT_FOUND };
  const format = accept ?? contentFormat.tlv;
  const isSingle = singleValue(node) !== undefined;
  const isSpoken = valueFormats.includes(format) || (isSingle && singleFormats.includes(format));
  if (!isSpoken) return { code: NOT_ACCEPTABLE };
  return { code: CONTENT, contentFormat: format, payload: encodeContent(node, format, { path }) };
}

export interface WriteRequest {
  readonly path: Path;
  readonly contentFormat?: number | undefined;
  readonly payload: Uint8Array;
}

/** What a Write asks for: values for some settings, or nothing but an error code. */
export type WritePlan =
  | { readonly kind: "refused"; readonly code: number }
  | { readonly kind: "values"; readonly values: readonly { readonly path: Path; readonly value: ResourceValue }[] };

/**
 * Judges a Write to an instance or a resource, all of it before any of it is done (OMA TS Core 1.1 §6.3.3). An instance
 * keeps what a write does not name, whether it asks to replace or to update: most small devices do the same.
 */
export function planWrite({ path, contentFormat: format, payload }: WriteRequest, light: LightState): WritePlan {
  const refuse = (code: number): WritePlan => ({ kind: "refused", code });
  if (!exists(path, light)) return refuse(NOT_FOUND);
  // Objects of a light have one instance, so none can be created.
  if (path.instance === undefined) return refuse(METHOD_NOT_ALLOWED);
  if (format !== undefined && !readFormats.includes(format)) return refuse(UNSUPPORTED_CONTENT_FORMAT);
  if (path.resource === undefined && !valueFormats.includes(format ?? contentFormat.text)) {
    return refuse(UNSUPPORTED_CONTENT_FORMAT);
  }
  const model = objectModels.find(path.object, path.object === 5 ? light.firmwareObject : undefined);
  let node: Node;
  try {
    node = decodeContent(payload, format ?? contentFormat.text, path, model);
  } catch (error) {
    if (error instanceof MalformedInput) return refuse(BAD_REQUEST);
    throw error;
  }
  return judgeWrite(path, node, light);
}

/** Judges what is to be written, once it was read from its format. */
export function judgeWrite(path: Path, node: Node, light: LightState): WritePlan {
  const refuse = (code: number): WritePlan => ({ kind: "refused", code });
  const model = objectModels.find(path.object, path.object === 5 ? light.firmwareObject : undefined);
  const values = [];
  for (const { path: at, resource } of resourcesOf(node, path)) {
    if (!exists(at, light)) return refuse(NOT_FOUND);
    if (!isSetting(at) && !isPackageUri(at)) return refuse(METHOD_NOT_ALLOWED);
    if (resource.kind !== "single") return refuse(BAD_REQUEST);
    values.push({ path: at, value: resource.value });
  }
  if (checkWrite(path, node, model) !== undefined) return refuse(BAD_REQUEST);
  return { kind: "values", values };
}

/** Judges an Execute (OMA TS Core 1.1 §6.3.5): the error code, or `undefined` when it may go ahead. */
export function refusalOfExecute(path: Path, payload: Uint8Array, light: LightState): number | undefined {
  if (!exists(path, light)) return NOT_FOUND;
  if (path.resourceInstance !== undefined || !isExecutable(path, light)) return METHOD_NOT_ALLOWED;
  return isArguments(new TextDecoder().decode(payload)) ? undefined : BAD_REQUEST;
}
