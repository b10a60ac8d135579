import { contentFormat } from "@lamplighter/coap/content-format";
import { decodeComposite, encodeCompositeWrite } from "../formats/composite.ts";
import { decodeNode, encodeNode } from "../formats/node-codec.ts";
import type { PathValue } from "../formats/reading-context.ts";
import { MalformedInput } from "../malformed-input.ts";
import { knownObjects } from "../models/known-objects.ts";
import { type Node, type ObjectNode, resourcesOf } from "../node.ts";
import type { Path } from "../path.ts";
import { decodeTlvNode, encodeTlvNode } from "../tlv-node.ts";
import type { BootstrapFormat } from "./configuration.ts";

const models = knownObjects();
// Accounts have no times, and bootstrap paths no alternate root.
const context = { modelOf: (object: number) => models.find(object), nowSeconds: 0, rootPath: [] };

/** The content format number of each format that a bootstrap is written in. */
export const formatNumbers = {
  tlv: contentFormat.tlv,
  "senml-cbor": contentFormat.senmlCbor,
  "senml-json": contentFormat.senmlJson,
} as const satisfies Record<BootstrapFormat, number>;

/** A content format number as one of the formats that a bootstrap is written in; undefined for any other. */
export function bootstrapFormatOf(number: number | undefined): BootstrapFormat | undefined {
  return (Object.keys(formatNumbers) as BootstrapFormat[]).find((name) => formatNumbers[name] === number);
}

/** Writes what is to stand at a path of object 0, 1 or 2. */
export function encodeAccount(node: Node, path: Path, format: BootstrapFormat): Uint8Array {
  return format === "tlv" ? encodeTlvNode(node) : encodeNode(node, formatNumbers[format], path);
}

/** Reads what stands at a path of object 0, 1 or 2. Throws {@link MalformedInput}. */
export function decodeAccount(payload: Uint8Array, number: number, path: Path): Node {
  const format = bootstrapFormatOf(number);
  if (!format) throw new MalformedInput("content", `content format ${number} is not one of a bootstrap`);
  return format === "tlv"
    ? decodeTlvNode(payload, path, models.find(path.object))
    : decodeNode(payload, number, path, context);
}

/** Formats of a Bootstrap-Pack: those whose records name where they belong. */
export type PackFormat = Exclude<BootstrapFormat, "tlv">;

/** Writes objects in one piece: a Bootstrap-Pack (OMA TS Core 1.2 §6.1.7.7). */
export function encodePack(objects: readonly ObjectNode[], format: PackFormat): Uint8Array {
  const values = objects.flatMap((node) => [...resourcesOf(node, { object: node.object })].flatMap(valuesAt));
  return encodeCompositeWrite(values, formatNumbers[format]);
}

/** Reads a Bootstrap-Pack. Throws {@link MalformedInput}. */
export function decodePack(payload: Uint8Array, number: number): readonly ObjectNode[] {
  const nodes = [...decodeComposite(payload, number, ["/"], context).values()];
  return nodes.filter((node) => node.kind === "object");
}

function valuesAt({
  path,
  resource,
}: ReturnType<typeof resourcesOf> extends Generator<infer Each> ? Each : never): PathValue[] {
  if (resource.kind === "single") return [{ path, value: resource.value }];
  return [...resource.values].map(([resourceInstance, value]) => ({ path: { ...path, resourceInstance }, value }));
}
