import { contentFormat } from "@lamplighter/coap/content-format";
import { decodeNode, encodeNode, speaksFormat } from "./formats/node-codec.ts";
import { MalformedInput } from "./malformed-input.ts";
import type { Node, ResourceNode } from "./node.ts";
import type { ObjectModel } from "./object-model.ts";
import { formatPath, levelOf, type Path } from "./path.ts";
import { decodeText, encodeText } from "./text.ts";
import { decodeTlvNode, encodeTlvNode } from "./tlv-node.ts";
import type { ResourceValue } from "./value.ts";

/** Numbers that older clients send for TLV and plain text (LwM2M 1.0 drafts). */
const tlvFormats: readonly number[] = [contentFormat.tlv, 1542];
const textFormats: readonly number[] = [contentFormat.text, 1541];

/** Where something stands that is to be written. */
export interface Place {
  readonly path?: Path;
  /** The alternate path that a device of 1.2 has before its names. */
  readonly rootPath?: readonly string[];
}

/**
 * Reads the content of an answer by the format that the answer names, whatever was asked for.
 *
 * Throws {@link MalformedInput} for content that does not fit its format or its path, and for a format that we cannot
 * read.
 */
export function decodeContent(
  payload: Uint8Array,
  format: number,
  path: Path,
  model: ObjectModel | undefined,
  rootPath: readonly string[] = [],
): Node {
  if (tlvFormats.includes(format)) return decodeTlvNode(payload, path, model);
  if (speaksFormat(format)) {
    const modelOf = (object: number) => (object === path.object ? model : undefined);
    // Of several moments the latest counts: that needs no clock, only that all are counted from the same.
    return decodeNode(payload, format, path, { modelOf, nowSeconds: 0, rootPath });
  }
  const where = formatPath(path);
  const isText = textFormats.includes(format);
  if (!isText && format !== contentFormat.opaque) {
    throw new MalformedInput(where, `content format ${format} is not one we read`);
  }
  const level = levelOf(path);
  if (level !== "resource" && level !== "resource-instance") {
    throw new MalformedInput(where, `content format ${format} cannot carry an ${level}`);
  }
  const type = path.resource === undefined ? undefined : model?.resources.get(path.resource)?.type;
  const value: ResourceValue = isText
    ? decodeText(payload, type ?? "string", where)
    : { type: "opaque", value: payload };
  if (!isText && type !== undefined && type !== "opaque") {
    throw new MalformedInput(where, `opaque bytes came back for a value of type ${type}`);
  }
  if (path.resourceInstance !== undefined) {
    return { kind: "resource-instance", resourceInstance: path.resourceInstance, value };
  }
  return resourceOf(path.resource ?? 0, value, model);
}

/** Writes a node in one of its `writeFormats`. Formats that name what they carry need the place; TLV, text and opaque do not. */
export function encodeContent(node: Node, format: number, place: Place = {}): Uint8Array {
  if (format === contentFormat.tlv) return encodeTlvNode(node);
  if (place.path && speaksFormat(format)) return encodeNode(node, format, place.path, place);
  if (node.kind !== "single" && node.kind !== "resource-instance") {
    throw new RangeError(`content format ${format} cannot carry a whole ${node.kind}`);
  }
  if (format === contentFormat.opaque && node.value.type === "opaque") return node.value.value;
  return encodeText(node.value);
}

function resourceOf(id: number, value: ResourceValue, model: ObjectModel | undefined): ResourceNode {
  if (model?.resources.get(id)?.multiple) return { kind: "multiple", resource: id, values: new Map([[0, value]]) };
  return { kind: "single", resource: id, value };
}
