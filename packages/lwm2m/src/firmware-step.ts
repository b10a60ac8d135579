import type { Attempt, AttemptEffect, AttemptFailure, AttemptPhase, AttemptStep } from "./firmware-attempt.ts";

/** Enters a phase. */
export function to(attempt: Attempt, phase: AttemptPhase, ...effects: AttemptEffect[]): AttemptStep {
  return { attempt: { ...attempt, phase }, effects };
}

/** Ends in failure. */
export function failed(attempt: Attempt, failure: AttemptFailure, ...effects: AttemptEffect[]): AttemptStep {
  return { attempt: { ...attempt, phase: "failed", failure }, effects };
}

/** Nothing to do. */
export function unchanged(attempt: Attempt): AttemptStep {
  return { attempt, effects: [] };
}
