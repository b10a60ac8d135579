import { MalformedRecord } from "./malformed-record.ts";

/** Reads bytes from front to back. Throws {@link MalformedRecord} with field and offset when they run out; never clamps. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#offset;
  }

  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  /** An unsigned big-endian number of 1 to 6 bytes. */
  number(byteCount: number, field: string): number {
    this.#need(byteCount, field);
    let value = 0;
    for (let index = 0; index < byteCount; index++) value = value * 256 + this.#bytes[this.#offset + index]!;
    this.#offset += byteCount;
    return value;
  }

  /** A view on the next bytes. */
  take(byteCount: number, field: string): Uint8Array {
    this.#need(byteCount, field);
    this.#offset += byteCount;
    return this.#bytes.subarray(this.#offset - byteCount, this.#offset);
  }

  /** A view on a vector with its length before it in `lengthBytes` bytes (RFC 5246 §4.3), of `min` to `max` bytes. */
  vector(lengthBytes: 1 | 2 | 3, field: string, { min = 0, max = 2 ** 24 } = {}): Uint8Array {
    const at = this.#offset;
    const length = this.number(lengthBytes, field);
    if (length < min || length > max) throw new MalformedRecord(field, at);
    return this.take(length, field);
  }

  /** Throws when something is left over. */
  end(field: string): void {
    if (this.left > 0) throw new MalformedRecord(field, this.#offset);
  }

  #need(byteCount: number, field: string): void {
    if (byteCount > this.left) throw new MalformedRecord(field, this.#offset);
  }
}
