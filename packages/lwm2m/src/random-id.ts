import type { Random } from "@lamplighter/runtime/random";

/** Sixteen of these are 96 bits; with `/rd/` they stay below the 32 bytes that small clients can keep. */
const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Draws a name of 16 letters, safe in a URL. As hard to guess as the chance it is drawn by. */
export function randomId(random: Random): string {
  return Array.from({ length: 16 }, () => idAlphabet[Math.floor(random.next() * 64)]).join("");
}
