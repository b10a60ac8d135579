import type { WaveGate } from "./campaign.ts";
import type { JobState } from "./job.ts";

/** Lights of a wave (or of a campaign) in each job state. Absent means zero. */
export type Tally = Readonly<Partial<Record<JobState, number>>>;

/** What a gate says of a wave. `undecided` is not a pass: all have finished, yet too few have succeeded. */
export type GateVerdict =
  | { readonly kind: "wait" }
  | { readonly kind: "pass" }
  | { readonly kind: "fail"; readonly why: string }
  | { readonly kind: "undecided"; readonly why: string };

/**
 * Judges a wave on the whole of itself, not on the lights heard from so far: one early failure in a wave of a thousand
 * is 0.1 %, and must not read as 100 %.
 *
 * The denominator is every light that the wave was given, less those that were skipped. A wave whose gate can no longer be
 * met fails at once; it is not run to the end first.
 */
export function judgeWave(tally: Tally, gate: WaveGate): GateVerdict {
  const total = included(tally);
  if (total === 0) return { kind: "pass" };
  const bad = failures(tally);
  const lost = tally.lost ?? 0;
  if (lost > gate.lostMax) return { kind: "fail", why: `${lost} lost, at most ${gate.lostMax} allowed` };
  if (bad * 100 > gate.failedPercentMax * total) {
    return { kind: "fail", why: `${bad} of ${total} failed, at most ${gate.failedPercentMax} % allowed` };
  }
  const succeeded = tally.succeeded ?? 0;
  const open = unfinished(tally);
  const reachable = succeeded + open;
  const needed = `${gate.succeededPercentMin} % needed`;
  if (open > 0 && reachable * 100 < gate.succeededPercentMin * total) {
    return { kind: "fail", why: `at most ${reachable} of ${total} can still succeed, ${needed}` };
  }
  if (open > 0) return { kind: "wait" };
  if (succeeded * 100 < gate.succeededPercentMin * total) {
    return { kind: "undecided", why: `${succeeded} of ${total} succeeded, ${needed}` };
  }
  return { kind: "pass" };
}

/** Why a whole campaign must pause now; undefined while its stop rules hold. */
export function brokenStopRule(
  tally: Tally,
  stop: { readonly failedPercentMax: number; readonly lostMax: number },
): { readonly reason: "failures" | "lost"; readonly sentence: string } | undefined {
  const total = included(tally);
  const lost = tally.lost ?? 0;
  const bad = failures(tally);
  if (lost > stop.lostMax) {
    return { reason: "lost", sentence: `${lost} lights are lost; the campaign stops above ${stop.lostMax}.` };
  }
  if (total > 0 && bad * 100 > stop.failedPercentMax * total) {
    return {
      reason: "failures",
      sentence: `${bad} of ${total} lights failed; the campaign stops above ${stop.failedPercentMax} %.`,
    };
  }
  return undefined;
}

/** Every light of the tally less those that were skipped. */
export function included(tally: Tally): number {
  return sum(tally) - (tally.skipped ?? 0);
}

/** Lights that ended badly, lost ones among them. */
export function failures(tally: Tally): number {
  return (tally.failed ?? 0) + (tally["rolled-back"] ?? 0) + (tally.lost ?? 0);
}

/** Lights that are not done yet. */
export function unfinished(tally: Tally): number {
  const done = (tally.succeeded ?? 0) + failures(tally) + (tally.cancelled ?? 0) + (tally.expired ?? 0);
  return included(tally) - done;
}

/** Adds tallies up, as those of a campaign's waves. */
export function addTallies(tallies: readonly Tally[]): Tally {
  const total: Partial<Record<JobState, number>> = {};
  for (const tally of tallies) {
    for (const [state, lights] of Object.entries(tally) as [JobState, number][]) {
      total[state] = (total[state] ?? 0) + lights;
    }
  }
  return total;
}

function sum(tally: Tally): number {
  return Object.values(tally).reduce((total, lights) => total + lights, 0);
}
