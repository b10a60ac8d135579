const slabBytes = 64 * 1024;
const smallBytesMax = 128;

// Not cleared, for every byte of it is written before it is read.
const newSlab = (): ArrayBuffer => Buffer.allocUnsafeSlow(slabBytes).buffer;

let small = newSlab();
let smallUsed = 0;
let large = newSlab();
let largeUsed = 0;

/**
 * Takes `length` bytes for one datagram from a shared slab, not cleared: the caller writes every one.
 *
 * Making a buffer of its own per datagram costs as much as encoding it. Small and large ones come from different slabs,
 * so that an acknowledgement still waiting to be sent does not keep a slab full of firmware blocks.
 */
export function takeBytes(length: number): Uint8Array {
  if (length <= smallBytesMax) {
    if (smallUsed + length > slabBytes) {
      small = newSlab();
      smallUsed = 0;
    }
    smallUsed += length;
    return new Uint8Array(small, smallUsed - length, length);
  }
  if (length > slabBytes / 4) return new Uint8Array(length);
  if (largeUsed + length > slabBytes) {
    large = newSlab();
    largeUsed = 0;
  }
  largeUsed += length;
  return new Uint8Array(large, largeUsed - length, length);
}
