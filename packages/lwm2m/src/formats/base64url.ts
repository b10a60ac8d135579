import { MalformedInput } from "../malformed-input.ts";

/** Reads base64 in either alphabet, with or without padding, as devices send it. Throws {@link MalformedInput}. */
export function decodeBase64Url(text: string, where: string): Uint8Array {
  const digits = text.replace(/={1,2}$/, "");
  const padding = text.length - digits.length;
  const isPaddedRight = padding === 0 || text.length % 4 === 0;
  if (!/^[A-Za-z0-9+/_-]*$/.test(digits) || digits.length % 4 === 1 || !isPaddedRight) {
    throw new MalformedInput(where, `${JSON.stringify(text.slice(0, 64))} is not base64`);
  }
  const plain = atob(digits.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

/** Writes base64url without padding (RFC 4648 §5), as SenML wants it. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Writes base64 with padding (RFC 4648 §4), as the JSON of LwM2M 1.0 wants it. */
export function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
