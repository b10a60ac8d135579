import type {
  Attempt,
  AttemptEffect,
  AttemptEvent,
  AttemptFailure,
  AttemptOperation,
  AttemptStep,
  FirmwareReading,
} from "./firmware-attempt.ts";
import { deliver, judged, reset } from "./firmware-judgement.ts";
import { failed, to, unchanged } from "./firmware-step.ts";

export type {
  Attempt,
  AttemptEffect,
  AttemptEvent,
  AttemptFailure,
  AttemptOperation,
  AttemptPhase,
  AttemptStep,
  FirmwareDelivery,
  FirmwareReading,
} from "./firmware-attempt.ts";
export { attemptPhases, isRetryable } from "./firmware-attempt.ts";
export type { FirmwareState, UpdateResult, UpdateResultMeaning } from "./firmware-result.ts";
export { firmwareStates, isFirmwareState, isUpdateResult, updateResults } from "./firmware-result.ts";

const read: AttemptEffect = { kind: "read" };

/** Begins an attempt: looks at the device before touching it. */
export function beginAttempt(expectedVersion: string): AttemptStep {
  return { attempt: { phase: "examining", expectedVersion }, effects: [read] };
}

/**
 * Says what an attempt becomes when something happens to it, and what is to be done (OMA TS Core 1.1 §E.6).
 *
 * Total: every event in every phase has an answer, most often "nothing changes". Executes only on `install`, and at most
 * once. Success needs all three: the device registered anew, Result 1, and the expected version exactly.
 */
export function nextAttempt(attempt: Attempt, event: AttemptEvent): AttemptStep {
  if (event.kind === "read") return judged(attempt, event);
  if (event.kind === "cancel") return cancelled(attempt);
  if (event.kind === "delivery-chosen" || event.kind === "undeliverable") return chosen(attempt, event);
  switch (attempt.phase) {
    case "examining":
      if (failedWhile(event, "read")) return failed(attempt, failureOf(event));
      if (event.kind === "registered" || event.kind === "poll") return { attempt, effects: [read] };
      return unchanged(attempt);

    case "resetting":
      if (isAnswered(event, "reset")) return to(attempt, "confirming-reset", read);
      // A device may know no Package URI; the NUL package is the other way.
      if (event.kind === "refused" && event.operation === "reset") return resetRefused(attempt, event.code);
      if (event.kind === "timed-out" && event.operation === "reset") return failed(attempt, failureOf(event));
      return unchanged(attempt);

    case "confirming-reset":
      if (failedWhile(event, "read")) return failed(attempt, failureOf(event));
      if (event.kind === "registered" || event.kind === "poll") return { attempt, effects: [read] };
      return unchanged(attempt);

    case "pushing":
      if (isAnswered(event, "push")) return toConfirmDownload(attempt);
      if (event.kind === "refused" && event.operation === "push") {
        return toConfirmDownload({ ...attempt, pushError: event.code });
      }
      if (event.kind === "timed-out" && event.operation === "push") return failed(attempt, failureOf(event));
      if (event.kind === "delivery-stopped") return to(attempt, "cancelled");
      // It restarted in the middle: what it had of the package is gone, and the rest is of no use.
      if (event.kind === "registered")
        return failed(attempt, { kind: "unreachable", operation: "push" }, { kind: "stop-push" });
      if (event.kind === "deadline") return failed(attempt, { kind: "download-deadline" }, { kind: "stop-push" });
      return unchanged(attempt);

    case "offering":
      if (isAnswered(event, "offer")) return toConfirmDownload(attempt);
      if (event.kind === "refused" && event.operation === "offer") {
        return toConfirmDownload({ ...attempt, pushError: event.code });
      }
      if (event.kind === "timed-out" && event.operation === "offer") return failed(attempt, failureOf(event));
      if (event.kind === "delivery-stopped") return to(attempt, "cancelled", { kind: "reset", by: "uri" });
      if (event.kind === "deadline") return failed(attempt, { kind: "download-deadline" });
      return unchanged(attempt);

    case "confirming-download":
      if (attempt.delivery === "pull") {
        if (event.kind === "delivery-stopped") return to(attempt, "cancelled", { kind: "reset", by: "uri" });
        // It may have restarted, and forgotten where to fetch from.
        if (event.kind === "registered") return { attempt: { ...attempt, hasReturned: true }, effects: [read] };
      }
      if (isReasonToLook(event)) return { attempt, effects: [read] };
      if (event.kind === "deadline") return failed(attempt, { kind: "download-deadline" });
      if (failedWhile(event, "read")) return { attempt, effects: [{ kind: "wait", for: "download" }] };
      return unchanged(attempt);

    case "downloaded":
      if (event.kind === "install") return to(attempt, "executing", { kind: "execute" });
      if (isReasonToLook(event)) return { attempt, effects: [read] };
      return unchanged(attempt);

    case "executing":
      if (isAnswered(event, "execute")) return to(attempt, "awaiting-return", { kind: "wait", for: "return" });
      if (event.kind === "refused" && event.operation === "execute") {
        return to({ ...attempt, executeError: event.code }, "awaiting-return", read, { kind: "wait", for: "return" });
      }
      // It may have arrived. What happened shows in what the device says; executing again could start a second update.
      if (event.kind === "timed-out" && event.operation === "execute") {
        return to(attempt, "awaiting-return", read, { kind: "wait", for: "return" });
      }
      if (event.kind === "registered") return toVerify(attempt);
      return unchanged(attempt);

    case "awaiting-return":
      if (event.kind === "registered") return toVerify(attempt);
      if (event.kind === "notified" || event.kind === "poll") return { attempt, effects: [read] };
      if (event.kind === "deadline") return to(attempt, "lost");
      return unchanged(attempt);

    case "verifying":
      if (isReasonToLook(event)) return { attempt, effects: [read] };
      if (event.kind === "deadline") return failed(attempt, { kind: "unconfirmed" });
      if (failedWhile(event, "read")) return { attempt, effects: [{ kind: "wait", for: "confirmation" }] };
      return unchanged(attempt);

    case "deferred":
      if (event.kind === "registered") return toVerify(attempt);
      if (event.kind === "notified" || event.kind === "poll") return { attempt, effects: [read] };
      if (event.kind === "deadline") return failed(attempt, { kind: "result", result: 11 });
      return unchanged(attempt);

    case "lost":
      return event.kind === "registered" ? toVerify(attempt) : unchanged(attempt);

    case "succeeded":
      // A light that falls back does so at a restart, and a restart ends in a registration.
      return event.kind === "registered" ? { attempt, effects: [read] } : unchanged(attempt);

    case "failed":
    case "rolled-back":
    case "cancelled":
      return unchanged(attempt);
  }
}

/**
 * Takes an attempt up again after our restart, by what the device says and not by what we last intended.
 *
 * Never yields an execute. An attempt that was about to execute and finds its package waiting untouched holds in
 * `downloaded` again, until it is told to install anew.
 */
export function resumeAttempt(stored: Attempt, reading: FirmwareReading): AttemptStep {
  const { fromVersion } = stored;
  switch (stored.phase) {
    case "succeeded":
    case "failed":
    case "rolled-back":
    case "cancelled":
      return judged(stored, reading);
    case "examining":
    case "resetting":
    case "confirming-reset":
      return judged(fresh(stored), reading);
    case "pushing":
    case "offering":
    case "confirming-download": {
      if (stored.delivery === "pull") return resumedPull(stored, reading);
      // Its machine was reset before the push began, so a package that waits there is ours, and whole.
      const isWhole = reading.state === 2 && (reading.result === 0 || reading.result === stored.staleResult);
      if (isWhole || reading.state === 3) return judged({ ...stored, phase: "confirming-download" }, reading);
      // Block1 cannot go on in the middle: what is there is reset, and the push begins again.
      const wasAnswered = stored.phase === "confirming-download" && reading.state !== 0;
      return judged(
        wasAnswered ? stored : { ...fresh(stored), ...(fromVersion !== undefined && { fromVersion }) },
        reading,
      );
    }
    case "downloaded":
      return judged(stored, reading);
    case "executing": {
      const isUntouched = reading.state === 2 && reading.result === (stored.staleResult ?? 0);
      if (isUntouched && reading.version === fromVersion) return to(stored, "downloaded");
      return judged({ ...stored, phase: "verifying" }, reading);
    }
    case "awaiting-return":
    case "verifying":
    case "deferred":
    case "lost":
      // Whether it registered while we were away is nowhere written; what it says now was read after the fact.
      return judged({ ...stored, phase: "verifying" }, reading);
  }
}

/** A device that fetches goes on by itself; one that has forgotten where to fetch from is told again. */
function resumedPull(stored: Attempt, reading: FirmwareReading): AttemptStep {
  const hasForgotten = reading.state === 0 && (reading.result === 0 || reading.result === stored.staleResult);
  if (hasForgotten && reading.version === stored.fromVersion) return deliver(stored);
  return judged({ ...stored, phase: "confirming-download" }, reading);
}

function chosen(
  attempt: Attempt,
  event: Extract<AttemptEvent, { kind: "delivery-chosen" | "undeliverable" }>,
): AttemptStep {
  const { phase } = attempt;
  if (phase !== "examining" && phase !== "resetting" && phase !== "confirming-reset") return unchanged(attempt);
  if (event.kind === "undeliverable") return failed(attempt, { kind: "undeliverable", why: event.why });
  return unchanged({ ...attempt, delivery: event.delivery });
}

function cancelled(attempt: Attempt): AttemptStep {
  switch (attempt.phase) {
    case "examining":
    case "resetting":
    case "confirming-reset":
      return to(attempt, "cancelled");
    case "pushing":
      return to(attempt, "cancelled", { kind: "stop-push" });
    case "offering":
    case "confirming-download":
    case "downloaded":
    case "deferred":
      // The package must not lie there for someone to install.
      return to(attempt, "cancelled", { kind: "reset", by: "uri" });
    // What is being installed cannot be called back (OMA TS Core 1.1 §E.6); what has ended is ended.
    default:
      return unchanged(attempt);
  }
}

function resetRefused(attempt: Attempt, code: string): AttemptStep {
  if (attempt.resetBy === "uri") return reset(attempt, "package");
  return failed(attempt, { kind: "refused", operation: "reset", code });
}

function toConfirmDownload(attempt: Attempt): AttemptStep {
  return to(attempt, "confirming-download", read, { kind: "wait", for: "download" });
}

function toVerify(attempt: Attempt): AttemptStep {
  return to(attempt, "verifying", read, { kind: "wait", for: "confirmation" });
}

function isAnswered(event: AttemptEvent, operation: AttemptOperation): boolean {
  return event.kind === "answered" && event.operation === operation;
}

type OperationFailed = Extract<AttemptEvent, { kind: "refused" | "timed-out" }>;

function failedWhile(event: AttemptEvent, operation: AttemptOperation): event is OperationFailed {
  return (event.kind === "refused" || event.kind === "timed-out") && event.operation === operation;
}

function failureOf(event: OperationFailed): AttemptFailure {
  return event.kind === "refused"
    ? { kind: "refused", operation: event.operation, code: event.code }
    : { kind: "unreachable", operation: event.operation };
}

function isReasonToLook({ kind }: AttemptEvent): boolean {
  return kind === "notified" || kind === "poll" || kind === "registered";
}
/** An attempt from before anything was learned of the device but the way of the image. */
function fresh({ expectedVersion, delivery }: Attempt): Attempt {
  return { phase: "examining", expectedVersion, ...(delivery && { delivery }) };
}
