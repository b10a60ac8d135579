import {
  BAD_REQUEST,
  CONTENT,
  METHOD_NOT_ALLOWED,
  NOT_ACCEPTABLE,
  UNSUPPORTED_CONTENT_FORMAT,
} from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import type { OutgoingResponse } from "@lamplighter/coap/endpoint";
import { decodeCompositeWrite, decodePaths } from "@lamplighter/lwm2m/formats/composite";
import { valuesOf } from "@lamplighter/lwm2m/formats/node-assembly";
import type { ReadingContext } from "@lamplighter/lwm2m/formats/reading-context";
import type { CompositePath } from "@lamplighter/lwm2m/formats/record-name";
import { encodeTimestamped } from "@lamplighter/lwm2m/formats/series";
import { MalformedInput } from "@lamplighter/lwm2m/malformed-input";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { type Node, single } from "@lamplighter/lwm2m/node";
import type { Path } from "@lamplighter/lwm2m/path";
import { judgeWrite, type WritePlan } from "./light-answers.ts";
import { type LightState, lightObjects, nodeAt } from "./object-tree.ts";

const models = knownObjects();
/** Formats of the composite operations and of Send that a light speaks. */
export const compositeFormats: readonly number[] = [contentFormat.senmlCbor, contentFormat.senmlJson];

/** Those of a Write-Composite: the last two can ask for deletions too. */
const writtenFormats = [...compositeFormats, contentFormat.senmlEtchCbor, contentFormat.senmlEtchJson];

const contextOf = (light: LightState): ReadingContext => ({
  modelOf: (object) => models.find(object),
  nowSeconds: light.nowSeconds,
});

/** The paths that a Read-Composite asks for, or the code to refuse it with (OMA TS Core 1.1 §6.3.8). */
export function pathsAsked(payload: Uint8Array, format: number | undefined, light: LightState) {
  if (format === undefined || !compositeFormats.includes(format)) return { refused: UNSUPPORTED_CONTENT_FORMAT };
  return guarded(() => ({ paths: decodePaths(payload, format, contextOf(light)) }));
}

/** Answers a Read-Composite: everything that is there, and nothing of what is not. */
export function answerReadComposite(
  paths: readonly CompositePath[],
  accept: number | undefined,
  light: LightState,
): OutgoingResponse {
  const format = accept ?? contentFormat.senmlCbor;
  if (!compositeFormats.includes(format)) return { code: NOT_ACCEPTABLE };
  return { code: CONTENT, contentFormat: format, payload: packOf(paths, format, light) };
}

/** The values at some places of a light, as a Read-Composite answers and a Send tells them. */
export function packOf(paths: readonly CompositePath[], format: number, light: LightState): Uint8Array {
  const { firmwareObject, software } = light;
  const has = [...lightObjects(firmwareObject), ...(software.length > 0 ? [{ object: 9 }] : [])];
  const objects = has.map(({ object }): Path => ({ object }));
  const places = paths.flatMap((path) => (path === "/" ? objects : path));
  const values = places.flatMap((place) => {
    const node: Node | undefined = nodeAt(place, light);
    return node ? valuesOf(node, place) : [];
  });
  return encodeTimestamped(values, format);
}

/** Judges a Write-Composite, all of it before any of it is done (OMA TS Core 1.1 §6.3.9). */
export function planCompositeWrite(payload: Uint8Array, format: number | undefined, light: LightState): WritePlan {
  const isSpoken = format !== undefined && writtenFormats.includes(format);
  if (!isSpoken) return { kind: "refused", code: UNSUPPORTED_CONTENT_FORMAT };
  const read = guarded(() => ({ writes: decodeCompositeWrite(payload, format, contextOf(light)) }));
  if ("refused" in read) return { kind: "refused", code: read.refused };
  const values = [];
  for (const { path, value } of read.writes) {
    // No resource of a light that can be written holds several values.
    if (value === "delete" || path.resourceInstance !== undefined) return { kind: "refused", code: METHOD_NOT_ALLOWED };
    const plan = judgeWrite(path, single(path.resource ?? 0, value), light);
    if (plan.kind === "refused") return plan;
    values.push(...plan.values);
  }
  return values.length === 0 ? { kind: "refused", code: BAD_REQUEST } : { kind: "values", values };
}

function guarded<T extends object>(read: () => T): T | { readonly refused: number } {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedInput) return { refused: BAD_REQUEST };
    throw error;
  }
}
