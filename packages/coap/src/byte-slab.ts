const slabBytes = 16 * 1024;
const smallBytesMax = 128;

let small = new Uint8Array(slabBytes);
let smallUsed = 0;
let large = new Uint8Array(slabBytes);
let largeUsed = 0;

/**
 * Takes `length` bytes for one datagram from a shared slab, not cleared: the caller writes every one.
 *
 * Making a buffer of its own per datagram costs as much as encoding it. Small and large ones come from different slabs,
 * because an answer of eight bytes is kept for 247 s and would otherwise keep a slab full of firmware blocks with it.
 */
export function takeBytes(length: number): Uint8Array {
  if (length <= smallBytesMax) {
    if (smallUsed + length > slabBytes) {
      small = new Uint8Array(slabBytes);
      smallUsed = 0;
    }
    smallUsed += length;
    return small.subarray(smallUsed - length, smallUsed);
  }
  if (length > slabBytes / 4) return new Uint8Array(length);
  if (largeUsed + length > slabBytes) {
    large = new Uint8Array(slabBytes);
    largeUsed = 0;
  }
  largeUsed += length;
  return large.subarray(largeUsed - length, largeUsed);
}

/** The same bytes in a form that may be kept for minutes without keeping a slab of large neighbours alive. */
export function keepable(bytes: Uint8Array): Uint8Array {
  return bytes.length <= smallBytesMax ? bytes : bytes.slice();
}
