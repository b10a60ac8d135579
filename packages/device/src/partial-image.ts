/** What a light has of an image that it fetches. It lies in flash, so a power cut takes none of it. */
export class PartialImage {
  readonly uri: string;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #tag: string | undefined;
  #bytesTotal: number | undefined;

  constructor(uri: string) {
    this.uri = uri;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What tells this image from another at the same address; undefined as long as nobody said. */
  get tag(): string | undefined {
    return this.#tag;
  }

  get bytesTotal(): number | undefined {
    return this.#bytesTotal;
  }

  /** 0 to 1; undefined as long as nobody said how large the image is. */
  get share(): number | undefined {
    return this.#bytesTotal && Math.min(1, this.#bytes / this.#bytesTotal);
  }

  /** Begins at the first byte, with what the server says of the image. */
  restart(tag?: string, bytesTotal?: number): void {
    this.#parts = [];
    this.#bytes = 0;
    this.#tag = tag;
    this.#bytesTotal = bytesTotal;
  }

  /** Adds the bytes that follow on those that are here. */
  add(part: Uint8Array): void {
    this.#parts.push(part);
    this.#bytes += part.length;
  }

  /** Lets go of the end, as far as it is no whole number of blocks of this size. */
  cutToBlocks(size: number): void {
    if (this.#bytes % size === 0) return;
    const kept = this.whole().subarray(0, this.#bytes - (this.#bytes % size));
    this.#parts = [kept];
    this.#bytes = kept.length;
  }

  /** All that is here, in one piece. */
  whole(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }
}
