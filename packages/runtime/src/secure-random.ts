import { randomFillSync } from "node:crypto";
import type { Random } from "./random.ts";

const drawsPerFill = 1_024;

/** Chance that nobody can guess, from the system's generator: for tokens, message ids and everything in production. */
export function secureRandom(): Random {
  const draws = new Uint32Array(drawsPerFill);
  let used = drawsPerFill;
  return {
    next() {
      if (used === drawsPerFill) {
        randomFillSync(draws);
        used = 0;
      }
      return draws[used++]! / 2 ** 32;
    },
  };
}
