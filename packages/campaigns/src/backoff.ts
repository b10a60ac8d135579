import type { RetryPolicy } from "./campaign.ts";

/** Longest wait between two attempts, whatever the policy says. */
export const backoffSecondsMax = 6 * 3_600;

/**
 * Milliseconds to wait after the given attempt (counted from 1) failed. `jitter` is in [0, 1) and spreads lights that
 * failed together over half of the wait again.
 */
export function backoffAfter(attempt: number, policy: RetryPolicy, jitter: number): number {
  const wait = Math.min(backoffSecondsMax, policy.backoffSeconds * policy.backoffFactor ** (attempt - 1));
  return Math.round(wait * 1_000 * (1 + jitter / 2));
}
