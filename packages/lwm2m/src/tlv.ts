import { ByteReader } from "./byte-reader.ts";
import { MalformedInput } from "./malformed-input.ts";

/** What an entry of a TLV document stands for (OMA TS Core 1.1 §7.4.3): the top two bits of its type byte. */
export type TlvKind = "instance" | "resource-instance" | "multiple" | "resource";

/** One entry of a TLV document. Instances and multiple resources hold entries; the other two hold bytes. */
export type TlvEntry =
  | { readonly kind: "instance" | "multiple"; readonly id: number; readonly entries: readonly TlvEntry[] }
  | { readonly kind: "resource" | "resource-instance"; readonly id: number; readonly value: Uint8Array };

const kinds = ["instance", "resource-instance", "multiple", "resource"] as const;

/** What may stand inside what. At the top anything may: it depends on the path that was read. */
const mayHold: Readonly<Record<"instance" | "multiple", readonly TlvKind[]>> = {
  instance: ["multiple", "resource"],
  multiple: ["resource-instance"],
};

const lengthMax = 0xff_ffff;

/**
 * Reads a TLV document: the entries side by side, in the order sent.
 *
 * Identifiers and lengths in more bytes than needed are read too. Throws {@link MalformedInput} for bytes that run out,
 * an entry where none of its kind may be, and an identifier given twice. Values are views on `bytes`.
 */
export function decodeTlv(bytes: Uint8Array): TlvEntry[] {
  return readEntries(bytes, 0, bytes.length, kinds);
}

/** Writes a TLV document in its shortest form. Throws {@link RangeError} for what no TLV can hold. */
export function encodeTlv(entries: readonly TlvEntry[]): Uint8Array {
  const parts = entries.map((entry) => {
    const body = "entries" in entry ? encodeTlv(entry.entries) : entry.value;
    return concat([header(entry, body.length), body]);
  });
  return concat(parts);
}

function readEntries(bytes: Uint8Array, start: number, end: number, allowed: readonly TlvKind[]): TlvEntry[] {
  const reader = new ByteReader(bytes, "TLV", start, end);
  const entries: TlvEntry[] = [];
  const seen = new Set<number>();
  while (!reader.done) {
    const entryStart = reader.offset;
    const typeByte = reader.number(1, "type");
    const kind = kinds[typeByte >> 6]!; // Present: two bits, four kinds.
    if (!allowed.includes(kind)) reader.fail(`a ${kind} may not stand here`, entryStart);
    const id = reader.number(typeByte & 0x20 ? 2 : 1, "identifier");
    // Bits 4-3 say how many bytes the length takes; 0 means that it is in the type byte itself.
    const lengthBytes = (typeByte >> 3) & 0x03;
    const length = lengthBytes === 0 ? typeByte & 0x07 : reader.number(lengthBytes, "length");
    const valueStart = reader.offset;
    const value = reader.take(length, `the value of ${kind} ${id}`);
    // An instance and a resource may carry the same number side by side; only at the top can they meet.
    const key = id * 4 + (typeByte >> 6);
    if (seen.has(key)) reader.fail(`${kind} ${id} is there twice`, entryStart);
    seen.add(key);
    if (kind === "instance" || kind === "multiple") {
      if (kind === "instance" && id === 65_535) reader.fail("instance 65535 is reserved", entryStart);
      entries.push({ kind, id, entries: readEntries(bytes, valueStart, valueStart + length, mayHold[kind]) });
    } else {
      entries.push({ kind, id, value });
    }
  }
  return entries;
}

function header({ kind, id }: TlvEntry, length: number): Uint8Array {
  if (!Number.isInteger(id) || id < 0 || id > 0xffff) throw new RangeError(`TLV identifier ${id} is not 16-bit`);
  if (length > lengthMax) throw new RangeError(`TLV value of ${length} bytes is longer than ${lengthMax}`);
  const lengthBytes = length < 8 ? 0 : length <= 0xff ? 1 : length <= 0xffff ? 2 : 3;
  const wideId = id > 0xff;
  const typeByte =
    (kinds.indexOf(kind) << 6) | (wideId ? 0x20 : 0) | (lengthBytes << 3) | (lengthBytes === 0 ? length : 0);
  const bytes = [typeByte];
  if (wideId) bytes.push(id >> 8);
  bytes.push(id & 0xff);
  for (let index = lengthBytes - 1; index >= 0; index--) bytes.push((length >> (8 * index)) & 0xff);
  return Uint8Array.from(bytes);
}

/** Puts byte arrays together. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Throws {@link MalformedInput} for an entry that does not belong in the answer to a path. */
export function misplaced(entry: TlvEntry, path: string): never {
  throw new MalformedInput("TLV", `${entry.kind} ${entry.id} does not belong to ${path}`);
}
