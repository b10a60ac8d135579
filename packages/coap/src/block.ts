import type { BlockSize } from "./limits.ts";
import { readUint, uint } from "./option.ts";

/**
 * The value of a Block1 or Block2 option (RFC 7959 §2.2): block `number` of blocks of `size` bytes, and whether `more`
 * follow. The block begins at byte `number * size`.
 */
export interface Block {
  readonly number: number;
  readonly more: boolean;
  readonly size: BlockSize;
}

/** The highest block number that fits the option. */
export const blockNumberMax = 2 ** 20 - 1;

const sizes: readonly BlockSize[] = [16, 32, 64, 128, 256, 512, 1024];

/** Reads a block option. `undefined` for more than three bytes and for SZX 7, which is reserved (RFC 7959 §2.2). */
export function readBlock(value: Uint8Array): Block | undefined {
  if (value.length > 3) return undefined;
  const packed = readUint(value);
  const size = sizes[packed & 7];
  return size === undefined ? undefined : { number: packed >>> 4, more: (packed & 8) !== 0, size };
}

/** Writes a block option. The exponent of a size is its number of trailing zeros less four. */
export function blockValue(number: number, more: boolean, size: BlockSize): Uint8Array {
  return uint(number * 16 + (more ? 8 : 0) + (27 - Math.clz32(size)));
}

/** The largest block size that is not larger than `bytes` (16 at least). */
export function blockSizeWithin(bytes: number): BlockSize {
  let fitting: BlockSize = 16;
  for (const size of sizes) if (size <= bytes) fitting = size;
  return fitting;
}
