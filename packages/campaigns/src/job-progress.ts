import {
  type Attempt,
  type AttemptEvent,
  type AttemptFailure,
  type AttemptPhase,
  type AttemptStep,
  isRetryable,
  isUpdateResult,
  nextAttempt,
  updateResults,
} from "@lamplighter/lwm2m/firmware-update";
import { backoffAfter } from "./backoff.ts";
import type { RetryPolicy } from "./campaign.ts";
import type { FailureCode, Job, JobState } from "./job.ts";
import { executeSettle } from "./job-deadlines.ts";

/** The state of a job whose attempt stands in a phase. */
export const stateOfPhase: Readonly<Record<AttemptPhase, JobState>> = {
  examining: "preparing",
  resetting: "preparing",
  "confirming-reset": "preparing",
  pushing: "downloading",
  offering: "downloading",
  "confirming-download": "downloading",
  downloaded: "downloaded",
  deferred: "downloaded",
  executing: "installing",
  "awaiting-return": "awaiting-return",
  verifying: "verifying",
  succeeded: "succeeded",
  failed: "failed",
  "rolled-back": "rolled-back",
  lost: "lost",
  cancelled: "cancelled",
};

const phaseOfState: Readonly<Partial<Record<JobState, AttemptPhase>>> = {
  preparing: "examining",
  downloading: "pushing",
  downloaded: "downloaded",
  installing: "executing",
  "awaiting-return": "awaiting-return",
  verifying: "verifying",
  lost: "lost",
  succeeded: "succeeded",
};

/** The attempt that a stored job was in, as far as it must be known to go on by what the device says. */
export function attemptOfJob(job: Job): Attempt {
  const phase = job.state === "downloaded" && job.waitReason === "deferred" ? "deferred" : phaseOfState[job.state];
  return {
    phase: phase ?? "examining",
    expectedVersion: job.expectedVersion,
    ...(job.delivery && { delivery: job.delivery }),
    ...(job.fromVersion !== undefined && { fromVersion: job.fromVersion }),
    ...(job.staleResult !== undefined && isUpdateResult(job.staleResult) && { staleResult: job.staleResult }),
  };
}

/**
 * What an attempt becomes when something happens: as the attempt's own machine says, except that the time set for a
 * download also ends the looking and resetting before it. A light that never ends its answers must not hold a place.
 */
export function stepAfter(attempt: Attempt, event: AttemptEvent): AttemptStep {
  if (event.kind === "deadline" && stateOfPhase[attempt.phase] === "preparing") {
    return { attempt: { ...attempt, phase: "failed", failure: { kind: "download-deadline" } }, effects: [] };
  }
  return nextAttempt(attempt, event);
}

/** A job without the marks of where it stood: why it waited, until when, and how it failed. */
export function unmarked(job: Job): Job {
  const { waitReason: _w, nextAttemptAt: _n, deadlineAt: _d, failureCode: _f, detail: _t, ...rest } = job;
  return rest;
}

export interface Moment {
  readonly now: number;
  /** Absent when nothing is tried again any more, as in a campaign that has ended. */
  readonly retry?: RetryPolicy;
  /** A draw in [0, 1) that spreads waits. */
  readonly jitter: number;
}

/**
 * The job as it stands once its attempt stands where `attempt` says, with words for its timeline. A failure that may be
 * tried again goes back to the queue while there are attempts left.
 */
export function jobAfter(job: Job, attempt: Attempt, moment: Moment): { readonly job: Job; readonly message: string } {
  const { staleResult: _, ...rest } = unmarked(job);
  const { deadlineAt } = job;
  const state = stateOfPhase[attempt.phase];
  const next: Job = {
    ...rest,
    state,
    ...(attempt.staleResult !== undefined && { staleResult: attempt.staleResult }),
    ...(attempt.fromVersion !== undefined && { fromVersion: attempt.fromVersion }),
    ...(attempt.delivery && { delivery: attempt.delivery }),
    ...((state === "preparing" || state === "downloading") && deadlineAt !== undefined && { deadlineAt }),
  };
  switch (attempt.phase) {
    case "examining":
    case "resetting":
    case "confirming-reset":
      return { job: next, message: "Looking at the light before touching it." };
    case "pushing":
      return { job: next, message: "Sending the image." };
    case "offering":
      return { job: next, message: "Telling the light where to fetch the image." };
    case "confirming-download":
      return {
        job: next,
        message: attempt.delivery === "pull" ? "The light fetches the image." : "Sending the image.",
      };
    case "downloaded":
      return { job: next, message: "The image is on the light." };
    case "deferred":
      return { job: { ...next, waitReason: "deferred" }, message: "The light put the installation off." };
    case "executing":
      return { job: { ...next, executeIntended: true }, message: "Telling the light to install." };
    case "awaiting-return":
      return { job: next, message: "The light installs; waiting for its return." };
    case "verifying":
      return { job: next, message: "The light is back; checking what it runs." };
    case "succeeded":
      return { job: next, message: `The light runs ${attempt.expectedVersion}.` };
    case "rolled-back":
      return {
        job: { ...next, detail: `It runs ${attempt.fromVersion} again.` },
        message: `The light came back with its old version ${attempt.fromVersion}.`,
      };
    case "lost":
      return {
        job: { ...next, detail: "No word from the light since it was told to install." },
        message: "The light did not come back in time: lost.",
      };
    case "cancelled":
      return { job: next, message: "Cancelled before the installation." };
    case "failed":
      return afterFailure(next, attempt.failure ?? { kind: "unreachable", operation: "read" }, moment);
  }
}

/** What a download may have been stopped by, though neither the light nor the network failed. */
export type HeldBackBy = "pause" | "no-image";

/** How long to wait before our own storage is asked again for an image that it did not give, in milliseconds. */
export const imageRetry = 60_000;

/** The job back in the queue, its attempt not counted: nothing was wrong with the light. */
export function heldBack(job: Job, by: HeldBackBy, now: number): { readonly job: Job; readonly message: string } {
  const back: Job = { ...unmarked(job), state: "queued", attempt: Math.max(0, job.attempt - 1), bytesDone: 0 };
  if (by === "pause") {
    const message = "Paused: the download stopped at a block and will begin again.";
    return { job: { ...back, waitReason: "paused" }, message };
  }
  const detail = "The server could not read the image from its own storage.";
  return { job: { ...back, waitReason: "backoff", nextAttemptAt: now + imageRetry, detail }, message: detail };
}

function afterFailure(
  job: Job,
  failure: AttemptFailure,
  { now, retry, jitter }: Moment,
): { job: Job; message: string } {
  const failureCode = codeOf(failure);
  const detail = sentenceOf(failure);
  if (!retry || !isRetryable(failure) || job.attempt >= retry.attemptsMax) {
    return { job: { ...job, state: "failed", failureCode, detail }, message: `Failed: ${detail}` };
  }
  // An Execute that never showed may still be on its way: it must not meet the next image.
  const waitMin = failure.kind === "not-installed" ? executeSettle : 0;
  const wait = Math.max(waitMin, backoffAfter(job.attempt, retry, jitter));
  return {
    job: {
      ...job,
      state: "queued",
      waitReason: "backoff",
      failureCode,
      detail,
      nextAttemptAt: now + wait,
      executeIntended: false,
      bytesDone: 0,
    },
    message: `Attempt ${job.attempt} of ${retry.attemptsMax} failed: ${detail} Next try in ${Math.round(wait / 1_000)} s.`,
  };
}

const codesOfResults: Readonly<Record<number, FailureCode>> = {
  2: "no-flash",
  3: "no-memory",
  4: "connection-lost",
  5: "integrity",
  6: "wrong-type",
  7: "invalid-uri",
  8: "update-failed",
  9: "unsupported-protocol",
  10: "cancelled-by-device",
};

function codeOf(failure: AttemptFailure): FailureCode {
  switch (failure.kind) {
    case "result":
      return codesOfResults[failure.result] ?? "update-failed";
    case "refused":
    case "busy":
    case "not-reset":
      return "refused";
    case "unreachable":
    case "not-downloaded":
      return "connection-lost";
    case "not-installed":
    case "unconfirmed":
      return "update-failed";
    case "download-deadline":
      return "download-deadline";
    case "undeliverable":
      return "unsupported-protocol";
    case "wrong-version":
      return "wrong-version";
    case "malformed":
      return "malformed";
  }
}

function sentenceOf(failure: AttemptFailure): string {
  switch (failure.kind) {
    case "result":
      return `${updateResults[failure.result].meaning} (Update Result ${failure.result})`;
    case "refused":
      return `The light answered ${failure.code} to ${failure.operation}.`;
    case "unreachable":
      return `The light stopped answering during ${failure.operation}.`;
    case "busy":
      return "The light is busy with an update that is not ours (State 3).";
    case "not-reset":
      return "The light's update machine does not go back to Idle.";
    case "not-downloaded":
      return "The whole image was sent, but the light has none.";
    case "not-installed":
      return "The light restarted without installing the image.";
    case "download-deadline":
      return "The image was not on the light in the time set for it.";
    case "undeliverable":
      return failure.why;
    case "unconfirmed":
      return "The light came back but did not confirm the update in the time set for it.";
    case "wrong-version":
      return `The light came back with ${failure.version}, which is neither the old nor the new version.`;
    case "malformed":
      return `The light reports ${failure.what} ${failure.value}, which does not exist.`;
  }
}
