import { randomFillSync } from "node:crypto";
import type { Random } from "@lamplighter/runtime/random";

const poolNumbers = 2_048;

/** The system's own chance, which nobody can guess: ids of registrations and tokens are made of it. */
export function secureRandom(): Random {
  const pool = randomFillSync(new Uint32Array(poolNumbers));
  let at = 0;
  return {
    next() {
      if (at === poolNumbers) {
        randomFillSync(pool);
        at = 0;
      }
      return (pool[at++] ?? 0) / 2 ** 32;
    },
  };
}
