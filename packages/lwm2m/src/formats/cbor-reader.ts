import { ByteReader } from "../byte-reader.ts";
import { concat } from "../tlv.ts";
import { decodeUtf8 } from "../tlv-value.ts";
import { formatLimits } from "./format-limits.ts";
import { floatValue, type WireValue } from "./wire-value.ts";

/** One CBOR data item. Keys of a map are items too, and kept in the order sent; who reads it judges duplicates. */
export type CborItem =
  | WireValue
  | { readonly kind: "array"; readonly items: readonly CborItem[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [key: CborItem, value: CborItem])[] };

/**
 * Reads one CBOR item that fills `bytes` (RFC 8949), of definite and indefinite lengths, in any of its encodings.
 *
 * Integers are exact. A date (tags 0 and 1) comes out as seconds since 1970; the mark of CBOR itself (tag 55799) is
 * taken off. `what` names the format in an error. Throws `MalformedInput` with the offset for bytes that run out or
 * are left over, other tags and simple values, text that is not UTF-8, and anything above the {@link formatLimits}.
 */
export function readCbor(bytes: Uint8Array, what: string): CborItem {
  const reader = new CborReader(bytes, what);
  return reader.document();
}

const indefinite = -1n;

/** The major types of RFC 8949 §3.1 with a content. */
const majors = ["unsigned", "negative", "bytes", "text", "array", "map", "tag", "simple"] as const;

class CborReader {
  readonly #reader: ByteReader;
  readonly #bytesTotal: number;
  readonly #what: string;
  #items = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#reader = new ByteReader(bytes, what);
    this.#bytesTotal = bytes.length;
    this.#what = what;
  }

  document(): CborItem {
    const item = this.#item(0);
    if (!this.#reader.done) this.#reader.fail("something follows the document");
    return item;
  }

  #item(depth: number): CborItem {
    const item = this.#itemOrBreak(depth);
    return item ?? this.#reader.fail("a break stands where a value must", this.#reader.offset - 1);
  }

  /** `undefined` for the break that ends something of indefinite length. */
  #itemOrBreak(depth: number): CborItem | undefined {
    const start = this.#reader.offset;
    if (depth > formatLimits.nestingMax) this.#reader.fail(`it nests deeper than ${formatLimits.nestingMax}`);
    if (++this.#items > formatLimits.itemsMax) this.#reader.fail(`it holds more than ${formatLimits.itemsMax} values`);
    const first = this.#reader.number(1, "initial byte");
    if (first === 0xff) return undefined;
    const major = majors[first >> 5]!; // Present: three bits, eight majors.
    const low = first & 0x1f;
    if (major === "simple") return this.#simple(low, start);
    const argument = this.#argument(low, start);
    if (argument === indefinite && (major === "unsigned" || major === "negative" || major === "tag")) {
      return this.#reader.fail(`a ${major} cannot be of indefinite length`, start);
    }
    switch (major) {
      case "unsigned":
        return { kind: "integer", value: argument };
      case "negative":
        return { kind: "integer", value: -1n - argument };
      case "bytes":
        return { kind: "bytes", value: argument === indefinite ? concat(this.#chunks(2)) : this.#take(argument) };
      case "text": {
        const chunks = argument === indefinite ? this.#chunks(3) : [this.#take(argument)];
        // Piece by piece: a character may not be divided between two of them (RFC 8949 §3.2.3).
        return { kind: "text", value: chunks.map((chunk) => decodeUtf8(chunk, this.#what)).join("") };
      }
      case "array":
        return { kind: "array", items: this.#array(argument, depth) };
      case "map":
        return { kind: "map", entries: this.#map(argument, depth) };
      case "tag":
        return this.#tagged(argument, depth, start);
    }
  }

  #array(length: bigint, depth: number): CborItem[] {
    const items: CborItem[] = [];
    this.#checkLength(length, 1n, "array");
    for (let index = 0n; index !== length; index++) {
      const item = length === indefinite ? this.#itemOrBreak(depth + 1) : this.#item(depth + 1);
      if (!item) break;
      items.push(item);
    }
    return items;
  }

  #map(length: bigint, depth: number): [CborItem, CborItem][] {
    const entries: [CborItem, CborItem][] = [];
    this.#checkLength(length, 2n, "map");
    for (let index = 0n; index !== length; index++) {
      const key = length === indefinite ? this.#itemOrBreak(depth + 1) : this.#item(depth + 1);
      if (!key) break;
      entries.push([key, this.#item(depth + 1)]);
    }
    return entries;
  }

  #chunks(major: number): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const start = this.#reader.offset;
      if (++this.#items > formatLimits.itemsMax)
        this.#reader.fail(`it holds more than ${formatLimits.itemsMax} values`);
      const first = this.#reader.number(1, "initial byte of a piece");
      if (first === 0xff) return chunks;
      if (first >> 5 !== major) this.#reader.fail("a piece is not of its string's kind", start);
      const length = this.#argument(first & 0x1f, start);
      if (length === indefinite) this.#reader.fail("a piece must have a length", start);
      chunks.push(this.#take(length));
    }
  }

  #tagged(tag: bigint, depth: number, start: number): CborItem {
    const item = this.#item(depth + 1);
    switch (tag) {
      case 0n: {
        const seconds = item.kind === "text" ? secondsOfDate(item.value) : undefined;
        return seconds ?? this.#reader.fail("what is tagged as a date is none", start);
      }
      case 1n:
        if (item.kind === "integer" || item.kind === "float") return item;
        return this.#reader.fail("what is tagged as a time is no number", start);
      case 55_799n:
        return item;
      default:
        return this.#reader.fail(`tag ${tag} has no meaning here`, start);
    }
  }

  #simple(low: number, start: number): CborItem {
    switch (low) {
      case 20:
      case 21:
        return { kind: "boolean", value: low === 21 };
      case 22:
        return { kind: "null" };
      case 25:
        return floatValue(halfFloat(this.#reader.number(2, "half float")));
      case 26:
        return floatValue(view(this.#reader.take(4, "float")).getFloat32(0));
      case 27:
        return floatValue(view(this.#reader.take(8, "double")).getFloat64(0));
      default:
        return this.#reader.fail(`simple value ${low} has no meaning here`, start);
    }
  }

  #argument(low: number, start: number): bigint {
    if (low < 24) return BigInt(low);
    switch (low) {
      case 24:
        return BigInt(this.#reader.number(1, "argument"));
      case 25:
        return BigInt(this.#reader.number(2, "argument"));
      case 26:
        return BigInt(view(this.#reader.take(4, "argument")).getUint32(0));
      case 27:
        return view(this.#reader.take(8, "argument")).getBigUint64(0);
      case 31:
        return indefinite;
      default:
        return this.#reader.fail(`additional information ${low} is reserved`, start);
    }
  }

  #take(length: bigint): Uint8Array {
    this.#checkLength(length, 1n, "string");
    return this.#reader.take(Number(length), "string");
  }

  /** Refuses a length that the bytes left cannot fill, before anything is made of it. */
  #checkLength(length: bigint, bytesEach: bigint, of: string): void {
    const left = BigInt(this.#bytesTotal - this.#reader.offset);
    if (length * bytesEach > left) this.#reader.fail(`the ${of} of ${length} does not fit the ${left} bytes left`);
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** IEEE 754 binary16 (RFC 8949 Appendix D). */
function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Seconds since 1970 of a date as RFC 3339 writes it; `undefined` for anything else. */
function secondsOfDate(text: string): CborItem | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i.test(text)) return undefined;
  const milliseconds = Date.parse(text.toUpperCase());
  return Number.isNaN(milliseconds) ? undefined : floatValue(milliseconds / 1000);
}
