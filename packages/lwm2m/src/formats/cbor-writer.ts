import { concat } from "../tlv.ts";

/** Pieces of CBOR as bytes, to be put together (RFC 8949 §3, numbers in their shortest form). */
export function cborInteger(value: bigint): Uint8Array {
  return value >= 0n ? cborHead(0, value) : cborHead(1, -1n - value);
}

export function cborBytes(value: Uint8Array): Uint8Array {
  return concat([cborHead(2, BigInt(value.length)), value]);
}

export function cborText(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return concat([cborHead(3, BigInt(bytes.length)), bytes]);
}

export function cborArray(items: readonly Uint8Array[]): Uint8Array {
  return concat([cborHead(4, BigInt(items.length)), ...items]);
}

export function cborMap(entries: readonly (readonly [key: Uint8Array, value: Uint8Array])[]): Uint8Array {
  return concat([cborHead(5, BigInt(entries.length)), ...entries.flat()]);
}

export const cborNull = Uint8Array.of(0xf6);

export function cborBoolean(value: boolean): Uint8Array {
  return Uint8Array.of(value ? 0xf5 : 0xf4);
}

/** Four bytes where they hold the number exactly, else eight. Never two: small clients leave half floats out. */
export function cborFloat(value: number): Uint8Array {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a number that can be sent`);
  const isSingle = Math.fround(value) === value;
  const bytes = new Uint8Array(isSingle ? 5 : 9);
  bytes[0] = isSingle ? 0xfa : 0xfb;
  const data = new DataView(bytes.buffer);
  if (isSingle) data.setFloat32(1, value);
  else data.setFloat64(1, value);
  return bytes;
}

function cborHead(major: number, argument: bigint): Uint8Array {
  if (argument < 0n || argument >= 2n ** 64n) throw new RangeError(`${argument} is not 64-bit`);
  if (argument < 24n) return Uint8Array.of((major << 5) | Number(argument));
  const bytesLog = argument < 0x100n ? 0 : argument < 0x1_0000n ? 1 : argument < 0x1_0000_0000n ? 2 : 3;
  const byteCount = 2 ** bytesLog;
  const bytes = new Uint8Array(1 + byteCount);
  bytes[0] = (major << 5) | (24 + bytesLog);
  for (let index = 0; index < byteCount; index++) {
    bytes[byteCount - index] = Number((argument >> BigInt(8 * index)) & 0xffn);
  }
  return bytes;
}
