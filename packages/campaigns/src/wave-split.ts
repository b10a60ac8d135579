import { type Random, seeded } from "@lamplighter/runtime/random";
import type { WavePlan } from "./campaign.ts";

/**
 * Deals targets out to waves by percentage; the last wave takes the remainder. Returns one array per plan.
 *
 * The order is shuffled by `seed`, so that a first wave is a fair sample of the town and the same plan gives the same
 * waves again. Every wave gets at least one light as long as there are enough of them.
 */
export function splitIntoWaves<Target>(
  targets: readonly Target[],
  plans: readonly WavePlan[],
  seed: number,
): Target[][] {
  const shuffled = shuffle(targets, seeded(seed));
  const waves: Target[][] = [];
  let from = 0;
  for (const [ordinal, plan] of plans.entries()) {
    const later = plans.length - 1 - ordinal;
    const wanted = Math.max(1, Math.round((plan.percent / 100) * targets.length));
    const left = shuffled.length - from;
    const size = later === 0 ? left : Math.max(0, Math.min(wanted, Math.max(1, left - later), left));
    waves.push(shuffled.slice(from, from + size));
    from += size;
  }
  return waves;
}

/** What is wrong with a plan of waves, in sentences; empty when nothing is. */
export function problemsOfWaves(plans: readonly WavePlan[]): string[] {
  if (plans.length === 0) return ["A campaign needs at least one wave."];
  const problems = plans.flatMap(({ name, percent }) =>
    percent > 0 && percent <= 100
      ? []
      : [`Wave "${name}" has ${percent} %; a wave takes more than 0 % and at most 100 %.`],
  );
  const total = plans.reduce((sum, { percent }) => sum + percent, 0);
  if (total > 100.0001) problems.push(`The waves add up to ${total} %; together they take at most 100 %.`);
  return problems;
}

function shuffle<Target>(targets: readonly Target[], random: Random): Target[] {
  const shuffled = [...targets];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as Target, shuffled[last] as Target];
  }
  return shuffled;
}
