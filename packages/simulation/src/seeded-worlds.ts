import { type Random, seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "./fake-clock.ts";
import { type Conditions, type FakeNetwork, fakeNetwork } from "./fake-network.ts";

/** One run of a simulation: everything that could differ between two runs follows from `seed`. */
export interface World {
  readonly seed: number;
  readonly clock: FakeClock;
  readonly random: Random;
  readonly network: FakeNetwork;
}

/** A failure inside a seeded world. Its message begins with the seed, which is all that is needed to see it again. */
export class SeedFailure extends Error {
  override readonly name = "SeedFailure";

  constructor(seed: number, cause: unknown) {
    const what = cause instanceof Error ? cause.message : String(cause);
    super(`seed ${seed}: ${what}`, { cause });
    if (cause instanceof Error && cause.stack) this.stack = `${this.name}: seed ${seed}: ${cause.stack}`;
  }
}

/**
 * Runs a scenario in `count` worlds, with seeds from `first` on. The first failure ends it as a {@link SeedFailure}.
 *
 * To look at one failing seed, run with `{ first: thatSeed, count: 1 }`.
 */
export function eachWorld(
  { first = 1, count, conditions }: { first?: number; count: number; conditions: Conditions },
  scenario: (world: World) => void,
): void {
  for (let seed = first; seed < first + count; seed++) {
    const clock = new FakeClock();
    const random = seeded(seed);
    const network = fakeNetwork(clock, random, conditions);
    try {
      scenario({ seed, clock, random, network });
    } catch (error) {
      throw new SeedFailure(seed, error);
    }
  }
}
