/** Several byte arrays one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** An unsigned number, big-endian, in 1 to 6 bytes. */
export function numberBytes(value: number, byteCount: number): Uint8Array {
  const bytes = new Uint8Array(byteCount);
  writeNumber(bytes, 0, value, byteCount);
  return bytes;
}

export function writeNumber(into: Uint8Array, at: number, value: number, byteCount: number): void {
  for (let index = byteCount - 1, rest = value; index >= 0; index--, rest = Math.floor(rest / 256)) {
    into[at + index] = rest % 256;
  }
}

/** A vector: its length in `lengthBytes` bytes, then the bytes (RFC 5246 §4.3). */
export function vectorBytes(bytes: Uint8Array, lengthBytes: 1 | 2 | 3): Uint8Array {
  return joined(numberBytes(bytes.length, lengthBytes), bytes);
}

/** A copy of its own. Not slice(): that of a Buffer is another view on the same memory, and keeps all of it. */
export function copied(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

export const noBytes = new Uint8Array(0);
