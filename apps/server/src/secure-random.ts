import { randomBytes } from "node:crypto";
import type { Random } from "@lamplighter/runtime/random";

const poolBytes = 8_192;

/** The system's own chance, which nobody can guess: ids of registrations and tokens are made of it. */
export function secureRandom(): Random {
  let pool = randomBytes(poolBytes);
  let at = 0;
  return {
    next() {
      if (at + 8 > pool.length) {
        pool = randomBytes(poolBytes);
        at = 0;
      }
      const bits = pool.readBigUInt64LE(at) >> 11n;
      at += 8;
      return Number(bits) / 2 ** 53;
    },
  };
}
