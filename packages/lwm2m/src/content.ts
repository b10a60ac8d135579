import { contentFormat } from "@lamplighter/coap/content-format";
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

/**
 * Reads the content of an answer by the format that the answer names, whatever was asked for.
 *
 * Throws {@link MalformedInput} for content that does not fit its format or its path, and for a format that we cannot
 * read.
 */
export function decodeContent(payload: Uint8Array, format: number, path: Path, model: ObjectModel | undefined): Node {
  if (tlvFormats.includes(format)) return decodeTlvNode(payload, path, model);
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

/** Formats in which a read of `path` may be asked for, best first. */
export function readFormats(path: Path, model: ObjectModel | undefined): readonly number[] {
  if (path.resource === undefined) return [contentFormat.tlv];
  const resource = model?.resources.get(path.resource);
  if (!resource || (resource.multiple && path.resourceInstance === undefined)) {
    return [contentFormat.tlv, contentFormat.text];
  }
  if (resource.type === "opaque") return [contentFormat.opaque, contentFormat.tlv];
  return [contentFormat.text, contentFormat.tlv];
}

/** Formats in which a node may be written to its path, best first. */
export function writeFormats(node: Node): readonly number[] {
  switch (node.kind) {
    case "object":
    case "instance":
    case "multiple":
      return [contentFormat.tlv];
    case "single":
    case "resource-instance":
      return node.value.type === "opaque"
        ? [contentFormat.opaque, contentFormat.tlv]
        : [contentFormat.text, contentFormat.tlv];
  }
}

/** Writes a node in one of its {@link writeFormats}. */
export function encodeContent(node: Node, format: number): Uint8Array {
  if (format === contentFormat.tlv) return encodeTlvNode(node);
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
