import { contentFormat } from "@lamplighter/coap/content-format";
import type { Node } from "./node.ts";
import type { ObjectModel } from "./object-model.ts";
import type { Path } from "./path.ts";
import type { Lwm2mVersion, Registration } from "./registration.ts";

/** What a device said of the formats that it speaks: by its version, and in `</>;ct`. */
export type FormatsOfDevice = Pick<Registration, "version" | "contentFormats">;

/**
 * Formats for more than one value, by version, in the order in which we like them. TLV first: 1.0 and most of 1.1 speak
 * it. JSON of 1.0 must not be sent to a newer device (OMA TS Core 1.1 §7.4.5).
 */
const structured: Readonly<Record<Lwm2mVersion, readonly number[]>> = {
  "1.0": [contentFormat.tlv, contentFormat.json],
  "1.1": [contentFormat.tlv, contentFormat.senmlCbor, contentFormat.senmlJson],
  "1.2": [contentFormat.tlv, contentFormat.lwm2mCbor, contentFormat.senmlCbor, contentFormat.senmlJson],
};

/**
 * Formats in which a read of `path` may be asked for, best first.
 *
 * A single value is asked for as text or as bytes, what every device speaks; anything larger in what the device announced,
 * then in the rest of what its version should speak: not all announce, and some announce what they do not speak.
 */
export function readFormats(path: Path, model: ObjectModel | undefined, device: FormatsOfDevice): readonly number[] {
  const larger = announcedFirst(device);
  if (path.resource === undefined) return larger;
  const resource = model?.resources.get(path.resource);
  if (!resource || (resource.multiple && path.resourceInstance === undefined)) return [...larger, contentFormat.text];
  const plain = resource.type === "opaque" ? contentFormat.opaque : contentFormat.text;
  return [plain, ...larger, ...singleCbor(device)];
}

/** Formats in which a node may be written, best first. */
export function writeFormats(node: Node, device: FormatsOfDevice): readonly number[] {
  const larger = announcedFirst(device);
  if (node.kind !== "single" && node.kind !== "resource-instance") return larger;
  const plain = node.value.type === "opaque" ? contentFormat.opaque : contentFormat.text;
  return [plain, ...larger, ...singleCbor(device)];
}

function announcedFirst({ version, contentFormats }: FormatsOfDevice): readonly number[] {
  const known = structured[version];
  const announced = known.filter((format) => contentFormats.includes(format));
  return [...announced, ...known.filter((format) => !announced.includes(format))];
}

/** CBOR of one value came with 1.1. */
function singleCbor({ version }: FormatsOfDevice): readonly number[] {
  return version === "1.0" ? [] : [contentFormat.cbor];
}
