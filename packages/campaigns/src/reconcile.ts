import type { PauseReason } from "./campaign.ts";
import type { StoredCampaign } from "./campaign-store.ts";
import { addTallies, brokenStopRule, failures, judgeWave, type Tally, unfinished } from "./gate.ts";
import { activeJobStates } from "./job.ts";
import type { HeldReason } from "./wave.ts";

/** What is to be done with a campaign at this moment. Each decision is safe to take twice. */
export type Decision =
  | { readonly kind: "start" }
  | { readonly kind: "activate-wave"; readonly ordinal: number }
  | { readonly kind: "queue-planned"; readonly ordinal: number }
  | { readonly kind: "pass-wave"; readonly ordinal: number; readonly verdict: string }
  | { readonly kind: "hold-wave"; readonly ordinal: number; readonly reason: HeldReason; readonly verdict: string }
  | { readonly kind: "pause"; readonly reason: PauseReason; readonly sentence: string }
  | { readonly kind: "complete"; readonly outcome: "clean" | "with-failures" }
  | { readonly kind: "cancel-waiting" }
  | { readonly kind: "finish-cancelling" }
  /** At most this many more lights may begin now. */
  | { readonly kind: "start-jobs"; readonly room: number };

/**
 * Decides what a campaign needs, from stored facts alone: a crash at any line is the same as a late tick.
 *
 * `now` is milliseconds since the epoch.
 */
export function reconcile(campaign: StoredCampaign, now: number): readonly Decision[] {
  const total = addTallies(campaign.waves.map(({ counters }) => counters));
  switch (campaign.state) {
    case "scheduled": {
      const { startAt } = campaign.spec;
      return startAt !== undefined && Date.parse(startAt) <= now ? [{ kind: "start" }] : [];
    }
    case "running":
      return whileRunning(campaign, total);
    case "paused":
      return whilePaused(campaign, total);
    case "cancelling":
      if (waiting(total) > 0) return [{ kind: "cancel-waiting" }];
      return active(total) === 0 ? [{ kind: "finish-cancelling" }] : [];
    default:
      return [];
  }
}

function whileRunning({ spec, waves, accepted, isPackageRevoked }: StoredCampaign, total: Tally): readonly Decision[] {
  if (isPackageRevoked) return [{ kind: "pause", reason: "package-revoked", sentence: "Its package was revoked." }];
  const broken = brokenStopRule(total, spec.stop);
  const isNews = failures(total) > accepted.failures || (total.lost ?? 0) > accepted.lost;
  if (broken && isNews) return [{ kind: "pause", ...broken }];
  const wave = waves.find(({ state }) => state !== "passed");
  const room = Math.max(0, spec.concurrencyMax - active(total));
  if (!wave) {
    // A promoted wave may still have lights to do, and a lost light of a passed one may be back.
    if (unfinished(total) > 0) return [{ kind: "start-jobs", room }];
    return [{ kind: "complete", outcome: failures(total) > 0 ? "with-failures" : "clean" }];
  }
  const { ordinal, counters } = wave;
  if (wave.state === "pending") return [{ kind: "activate-wave", ordinal }];
  if (wave.state === "held") {
    return [{ kind: "pause", reason: "wave-held", sentence: `Wave ${ordinal + 1} is held: a person must decide.` }];
  }
  if ((counters.planned ?? 0) > 0) return [{ kind: "queue-planned", ordinal }];
  const gate = spec.waves[ordinal]?.gate;
  if (!gate) return [{ kind: "pass-wave", ordinal, verdict: "The wave has no gate." }];
  const verdict = judgeWave(counters, gate);
  switch (verdict.kind) {
    case "fail":
      return [{ kind: "hold-wave", ordinal, reason: "failed", verdict: verdict.why }];
    case "undecided":
      return [{ kind: "hold-wave", ordinal, reason: "undecided", verdict: verdict.why }];
    case "pass":
      return gate.manual
        ? [{ kind: "hold-wave", ordinal, reason: "manual", verdict: "The wave passed; a person promotes it." }]
        : [{ kind: "pass-wave", ordinal, verdict: `${counters.succeeded ?? 0} of ${wave.total} succeeded.` }];
    case "wait":
      return [{ kind: "start-jobs", room }];
  }
}

/**
 * A pause holds lights back. Where none is left to hold back, because what was being installed ran to its end, the campaign
 * ends by itself; a wave that a person has to judge keeps it.
 */
function whilePaused(campaign: StoredCampaign, total: Tally): readonly Decision[] {
  const hasBegun = campaign.waves.some(({ state }) => state !== "pending");
  if (!hasBegun || unfinished(total) > 0) return [];
  return whileRunning(campaign, total).filter(({ kind }) => kind === "pass-wave" || kind === "complete");
}

/** Lights that a job is driving. */
export function active(tally: Tally): number {
  return activeJobStates.reduce((sum, state) => sum + (tally[state] ?? 0), 0);
}

function waiting(tally: Tally): number {
  return (tally.planned ?? 0) + (tally.queued ?? 0);
}
