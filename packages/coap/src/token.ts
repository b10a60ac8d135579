import type { Random } from "@lamplighter/runtime/random";

/** Draws eight bytes: as hard to guess as the {@link Random} is (RFC 7252 §5.3.1). */
export function drawToken(random: Random): Uint8Array {
  const token = new Uint8Array(8);
  let bits = Math.floor(random.next() * 2 ** 32);
  for (let index = 0; index < 8; index++) {
    if (index === 4) bits = Math.floor(random.next() * 2 ** 32);
    token[index] = bits & 0xff;
    bits >>>= 8;
  }
  return token;
}

/** A token as a key of a map: one character per byte. */
export function tokenKey(token: Uint8Array): string {
  let key = "";
  for (let index = 0; index < token.length; index++) key += String.fromCharCode(token[index]!);
  return key;
}

/** The token of a key. */
export function tokenOf(key: string): Uint8Array {
  return Uint8Array.from(key, (character) => character.charCodeAt(0));
}
