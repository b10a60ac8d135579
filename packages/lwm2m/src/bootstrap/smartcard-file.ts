import { MalformedInput } from "../malformed-input.ts";
import { knownObjects } from "../models/known-objects.ts";
import { type ObjectNode, object } from "../node.ts";
import { decodeTlvNode, encodeTlvNode } from "../tlv-node.ts";

/** A card has this much room for the file (OMA TS LightweightM2M 1.0.2, Appendix G.3.3). */
export const smartcardBytesMax = 32 * 1024;
/** A card holds objects 0, 1 and 2 and perhaps a few more. */
const objectsMax = 16;
const models = knownObjects();

/**
 * Writes objects as the content of the card file EF LwM2M_Bootstrap (OMA TS LightweightM2M 1.0.2, Appendix G.3.3): the
 * number of objects, the size of what follows, then for each object its number, its version (one byte 0: the version that
 * the specification implies), its length and its instances in TLV. All numbers are two bytes, big-endian.
 *
 * The files of the card that lead to this one (ODF, DODF) are the card issuer's. Throws `RangeError` when it does not fit.
 */
export function encodeSmartcardFile(objects: readonly ObjectNode[]): Uint8Array {
  const parts = objects.map((node) => {
    const instances = encodeTlvNode(node);
    return Uint8Array.of(
      node.object >> 8,
      node.object & 0xff,
      0,
      instances.length >> 8,
      instances.length & 0xff,
      ...instances,
    );
  });
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size + 4 > smartcardBytesMax) throw new RangeError(`${size + 4} bytes do not fit a card's ${smartcardBytesMax}`);
  const file = new Uint8Array(size + 4);
  file.set([parts.length >> 8, parts.length & 0xff, size >> 8, size & 0xff]);
  let at = 4;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/** Reads the content of EF LwM2M_Bootstrap. What follows the size that it names is padding. Throws {@link MalformedInput}. */
export function decodeSmartcardFile(file: Uint8Array): readonly ObjectNode[] {
  if (file.length > smartcardBytesMax) throw new MalformedInput("card file", `longer than ${smartcardBytesMax} bytes`);
  const count = word(file, 0);
  const end = 4 + word(file, 2);
  if (end > file.length) throw new MalformedInput("card file", `it names ${end} bytes and has ${file.length}`, 2);
  if (count > objectsMax) throw new MalformedInput("card file", `more than ${objectsMax} objects`, 0);
  const objects: ObjectNode[] = [];
  let at = 4;
  for (let index = 0; index < count; index++) {
    const id = word(file, at);
    // A first byte of 0 is a whole version by itself; any other is the major, and the minor follows.
    const isImplied = file[at + 2] === 0;
    const version = isImplied ? undefined : `${file[at + 2]}.${file[at + 3]}`;
    const from = at + (isImplied ? 3 : 4) + 2;
    const until = from + word(file, from - 2);
    if (until > end) throw new MalformedInput("card file", `object ${id} goes beyond the end`, from);
    const node = decodeTlvNode(file.subarray(from, until), { object: id }, models.find(id, version));
    if (node.kind === "object") objects.push(object(id, node.instances.values()));
    at = until;
  }
  if (at !== end) throw new MalformedInput("card file", "bytes after the last object", at);
  return objects;
}

function word(file: Uint8Array, at: number): number {
  const [high, low] = [file[at], file[at + 1]];
  if (high === undefined || low === undefined) throw new MalformedInput("card file", "it ends too early", at);
  return (high << 8) | low;
}
