import { ByteReader } from "./byte-reader.ts";
import { MalformedRecord } from "./malformed-record.ts";

/** Tags of ASN.1 that occur in certificates (ITU-T X.690 §8.1.2). */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One element: its tag, its content, and all of its bytes. Views. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly bytes: Uint8Array;
}

/**
 * Reads elements of DER from front to back (ITU-T X.690 §10): one way to write each length, none left open, tags of one byte.
 * Throws {@link MalformedRecord}.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #reader: ByteReader;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#reader = new ByteReader(bytes);
  }

  get isAtEnd(): boolean {
    return this.#reader.left === 0;
  }

  /** The tag of the next element; undefined at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#reader.offset];
  }

  next(): DerElement {
    const start = this.#reader.offset;
    const tag = this.#reader.number(1, "tag");
    if ((tag & 0x1f) === 0x1f) throw new MalformedRecord("tag of several bytes", start);
    const content = this.#reader.take(this.#length(), "element");
    return { tag, content, bytes: this.#bytes.subarray(start, this.#reader.offset) };
  }

  /** The next element, which has to have this tag. */
  expect(tag: number): DerElement {
    const start = this.#reader.offset;
    const element = this.next();
    if (element.tag !== tag) throw new MalformedRecord("tag", start);
    return element;
  }

  /** The next element, when it has this tag. */
  optional(tag: number): DerElement | undefined {
    return this.nextTag === tag ? this.next() : undefined;
  }

  end(): void {
    this.#reader.end("after the last element");
  }

  #length(): number {
    const at = this.#reader.offset;
    const first = this.#reader.number(1, "length");
    if (first < 0x80) return first;
    const byteCount = first & 0x7f;
    if (byteCount === 0 || byteCount > 3) throw new MalformedRecord("length", at);
    const length = this.#reader.number(byteCount, "length");
    const isShortest = length >= 0x80 && length >= 2 ** (8 * (byteCount - 1));
    if (!isShortest) throw new MalformedRecord("length", at);
    return length;
  }
}

/** What is inside a sequence that is all there is. */
export function sequenceIn(bytes: Uint8Array): DerReader {
  const reader = new DerReader(bytes);
  const { content } = reader.expect(derTag.sequence);
  reader.end();
  return new DerReader(content);
}

/** An object identifier with dots (ITU-T X.690 §8.19). */
export function objectIdText(content: Uint8Array): string {
  const numbers: number[] = [];
  let number = 0;
  let isOpen = false;
  for (const [index, byte] of content.entries()) {
    if (!isOpen && byte === 0x80) throw new MalformedRecord("object identifier", index);
    number = number * 128 + (byte & 0x7f);
    if (number > Number.MAX_SAFE_INTEGER) throw new MalformedRecord("object identifier", index);
    isOpen = byte >= 0x80;
    if (isOpen) continue;
    numbers.push(number);
    number = 0;
  }
  const [first] = numbers;
  if (first === undefined || isOpen) throw new MalformedRecord("object identifier", content.length);
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - 40 * top, ...numbers.slice(1)].join(".");
}

/** TRUE is written 255 and FALSE 0 (ITU-T X.690 §11.1). */
export function booleanOf({ content }: DerElement): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new MalformedRecord("boolean", 0);
  return content[0] === 0xff;
}

/** A number that is not negative and not above 2^31, in as few bytes as it needs (ITU-T X.690 §8.3.2). */
export function smallNumberOf({ content }: DerElement): number {
  const [first = 0x80, second = 0] = content;
  const isShortest = content.length === 1 || first !== 0 || second >= 0x80;
  if (first >= 0x80 || content.length > 4 || !isShortest) throw new MalformedRecord("number", 0);
  return content.reduce((value, byte) => value * 256 + byte, 0);
}
