/** Bytes from hexadecimal, white space ignored. */
export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(/\s/g, "").match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** Hexadecimal in capitals, separated, as specifications print it. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(" ");
}

export const utf8 = (text: string) => new TextEncoder().encode(text);
