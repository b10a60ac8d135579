import { MalformedInput } from "./malformed-input.ts";

/** Reads bytes from front to back. Throws {@link MalformedInput} with the offset when they run out; never clamps. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  readonly #end: number;
  #offset: number;

  constructor(bytes: Uint8Array, what: string, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#what = what;
    this.#offset = start;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  get done(): boolean {
    return this.#offset >= this.#end;
  }

  /** An unsigned big-endian number of 1 to 3 bytes. `field` names it in an error. */
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

  fail(why: string, offset = this.#offset): never {
    throw new MalformedInput(this.#what, why, offset);
  }

  #need(byteCount: number, field: string): void {
    const left = this.#end - this.#offset;
    if (byteCount > left) this.fail(`${field} needs ${byteCount} bytes, ${left} are left`);
  }
}
