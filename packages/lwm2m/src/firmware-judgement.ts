import type { Attempt, AttemptStep, FirmwareReading } from "./firmware-attempt.ts";
import { type FirmwareState, isFirmwareState, isUpdateResult, type UpdateResult } from "./firmware-result.ts";
import { failed, to, unchanged } from "./firmware-step.ts";

/** What a fresh reading means in each phase. */
export function judged(attempt: Attempt, { state, result, version }: FirmwareReading): AttemptStep {
  const { phase } = attempt;
  if (phase === "failed" || phase === "rolled-back" || phase === "cancelled") return unchanged(attempt);
  if (phase === "succeeded") return version === attempt.fromVersion ? to(attempt, "rolled-back") : unchanged(attempt);
  if (!isFirmwareState(state)) return failed(attempt, { kind: "malformed", what: "state", value: state });
  if (!isUpdateResult(result)) return failed(attempt, { kind: "malformed", what: "result", value: result });
  switch (phase) {
    case "examining":
      return examined({ ...attempt, fromVersion: version }, state, result);
    case "confirming-reset":
      return resetConfirmed(attempt, state, result);
    case "confirming-download":
      return downloadConfirmed(attempt, state, result, version);
    case "downloaded":
      return stillDownloaded(attempt, state, result, version);
    case "awaiting-return":
    case "deferred":
      return whileUpdating(attempt, state, result, version);
    case "verifying":
    case "lost":
      return verified({ ...attempt, phase: "verifying" }, state, result, version);
    // A reading asked for earlier, that arrives while an answer is awaited.
    case "resetting":
    case "pushing":
    case "offering":
    case "executing":
      return unchanged(attempt);
  }
}

function examined(attempt: Attempt, state: FirmwareState, result: UpdateResult): AttemptStep {
  if (state === 3) return failed(attempt, { kind: "busy" });
  // There already: nothing to bring.
  if (attempt.fromVersion === attempt.expectedVersion && state === 0) return to(withoutFrom(attempt), "succeeded");
  if (state === 0 && result === 0) return deliver(attempt);
  return reset(attempt, "uri");
}

function resetConfirmed(attempt: Attempt, state: FirmwareState, result: UpdateResult): AttemptStep {
  if (state === 0 && result === 0) return deliver(attempt);
  if (attempt.resetBy === "uri") return reset(attempt, "package");
  // Idle is what matters. A result that will not go is remembered, so as not to be taken for the one to come.
  if (state === 0) return deliver({ ...attempt, staleResult: result });
  return failed(attempt, { kind: "not-reset" });
}

function downloadConfirmed(attempt: Attempt, state: FirmwareState, result: UpdateResult, version: string): AttemptStep {
  if (isFailureOf(attempt, result)) return failed(attempt, { kind: "result", result });
  // It installs, or has installed, without being told (object 5 version 1.2, Automatic Upgrade).
  if (version === attempt.expectedVersion && state === 0) {
    return verified({ ...attempt, phase: "verifying" }, state, result, version);
  }
  if (state === 3) return to(attempt, "awaiting-return", { kind: "wait", for: "return" });
  if (attempt.pushError !== undefined && state !== 2) {
    const operation = attempt.delivery === "pull" ? "offer" : "push";
    return failed(attempt, { kind: "refused", operation, code: attempt.pushError });
  }
  if (state === 2) return to(attempt, "downloaded");
  if (state === 1) return { attempt, effects: [{ kind: "wait", for: "download" }] };
  // It fetches at its next practical opportunity (OMA object 5, Package URI): Idle means that it has not begun.
  if (attempt.delivery === "pull" && (result === 0 || result === attempt.staleResult)) {
    if (attempt.hasReturned) return deliver(attempt);
    return { attempt, effects: [{ kind: "wait", for: "download" }] };
  }
  return failed(attempt, { kind: "not-downloaded" });
}

function stillDownloaded(attempt: Attempt, state: FirmwareState, result: UpdateResult, version: string): AttemptStep {
  if (state === 2)
    return isFailureOf(attempt, result) ? failed(attempt, { kind: "result", result }) : unchanged(attempt);
  if (state === 3) return to(attempt, "awaiting-return", { kind: "wait", for: "return" });
  if (version === attempt.expectedVersion) return verified({ ...attempt, phase: "verifying" }, state, result, version);
  if (isFailureOf(attempt, result)) return failed(attempt, { kind: "result", result });
  return failed(attempt, { kind: "not-downloaded" });
}

function whileUpdating(attempt: Attempt, state: FirmwareState, result: UpdateResult, version: string): AttemptStep {
  if (result === 11 && attempt.staleResult !== 11) {
    return attempt.phase === "deferred"
      ? unchanged(attempt)
      : to(attempt, "deferred", { kind: "wait", for: "deferral" });
  }
  if (isFailureOf(attempt, result)) return failed(attempt, { kind: "result", result });
  if (state === 3) {
    return attempt.phase === "deferred"
      ? to(attempt, "awaiting-return", { kind: "wait", for: "return" })
      : unchanged(attempt);
  }
  const { executeError } = attempt;
  if (executeError !== undefined && version !== attempt.expectedVersion) {
    return failed(attempt, { kind: "refused", operation: "execute", code: executeError });
  }
  // Whatever else it says before it registered anew is not yet an end.
  return unchanged(attempt);
}

function verified(attempt: Attempt, state: FirmwareState, result: UpdateResult, version: string): AttemptStep {
  if (result === 11 && attempt.staleResult !== 11) return to(attempt, "deferred", { kind: "wait", for: "deferral" });
  if (isFailureOf(attempt, result)) return failed(attempt, { kind: "result", result });
  // It registered in the middle of the update; the end is still to come.
  if (state === 3) return to(attempt, "awaiting-return", { kind: "wait", for: "return" });
  if (version === attempt.expectedVersion) {
    if (result === 1 && state === 0) return to(attempt, "succeeded");
    return { attempt, effects: [{ kind: "wait", for: "confirmation" }] };
  }
  if (version !== attempt.fromVersion) return failed(attempt, { kind: "wrong-version", version });
  return state === 2 ? failed(attempt, { kind: "not-installed" }) : to(attempt, "rolled-back");
}

/** Whether a result tells of this attempt's failure. 0, 1 and 11 are no failures, and a stale one is not this attempt's. */
function isFailureOf({ staleResult }: Attempt, result: UpdateResult): boolean {
  return result >= 2 && result <= 10 && result !== staleResult;
}

/** Sets the image on its way. */
export function deliver({ hasReturned: _, ...attempt }: Attempt): AttemptStep {
  return attempt.delivery === "pull"
    ? to(attempt, "offering", { kind: "offer" })
    : to(attempt, "pushing", { kind: "push" });
}

/** Asks the device to reset its machine, one way or the other. */
export function reset(attempt: Attempt, by: "uri" | "package"): AttemptStep {
  return to({ ...attempt, resetBy: by }, "resetting", { kind: "reset", by });
}

/** Was never anything else, so that no version can count as falling back. */
function withoutFrom({ fromVersion: _, ...attempt }: Attempt): Attempt {
  return attempt;
}
