import {
  type FirmwareState,
  isFirmwareState,
  isUpdateResult,
  type UpdateResult,
  updateResults,
} from "./firmware-result.ts";

export * from "./firmware-result.ts";

/** What a device says of its Firmware Update object and version, read fresh: /5/0/3, /5/0/5 and /3/0/3. */
export interface FirmwareReading {
  readonly state: number;
  readonly result: number;
  readonly version: string;
}

/**
 * Where one attempt to bring one image to one device stands.
 *
 * `examining` reads what is there before anything is touched; `downloaded` holds until it is told to install; `deferred`
 * holds because the device put the installation off. The last five are final, except that `lost` and `succeeded` may
 * still be revised by what the device shows later.
 */
export type AttemptPhase =
  | "examining"
  | "resetting"
  | "confirming-reset"
  | "pushing"
  | "confirming-download"
  | "downloaded"
  | "executing"
  | "awaiting-return"
  | "verifying"
  | "deferred"
  | "succeeded"
  | "failed"
  | "rolled-back"
  | "lost"
  | "cancelled";

export const attemptPhases = [
  "examining",
  "resetting",
  "confirming-reset",
  "pushing",
  "confirming-download",
  "downloaded",
  "executing",
  "awaiting-return",
  "verifying",
  "deferred",
  "succeeded",
  "failed",
  "rolled-back",
  "lost",
  "cancelled",
] as const satisfies readonly AttemptPhase[];

export type AttemptFailure =
  | { readonly kind: "result"; readonly result: UpdateResult }
  /** The device answered an operation with an error. */
  | { readonly kind: "refused"; readonly operation: AttemptOperation; readonly code: string }
  /** No answer, or a transfer that broke. */
  | { readonly kind: "unreachable"; readonly operation: AttemptOperation }
  /** It is busy with an update that is not ours. */
  | { readonly kind: "busy" }
  /** Both ways to reset its machine left it as it was. */
  | { readonly kind: "not-reset" }
  /** All was sent, yet the device has no package. */
  | { readonly kind: "not-downloaded" }
  /** It restarted with its old version and the package still waiting: the installation never began. */
  | { readonly kind: "not-installed" }
  | { readonly kind: "download-deadline" }
  /** It runs the expected version, but never said that the update succeeded. */
  | { readonly kind: "unconfirmed" }
  | { readonly kind: "wrong-version"; readonly version: string }
  /** Its state or result is a number that the specification does not know. */
  | { readonly kind: "malformed"; readonly what: "state" | "result"; readonly value: number };

export type AttemptOperation = "read" | "reset" | "push" | "execute";

/** One attempt, as stored between events. */
export interface Attempt {
  readonly phase: AttemptPhase;
  readonly expectedVersion: string;
  /** Known once the device was examined. */
  readonly fromVersion?: string;
  /** How the reset was asked for last: an empty Package URI, or a Package of one NUL byte. */
  readonly resetBy?: "uri" | "package";
  /** A result that the device would not let go of; it says nothing about this attempt. */
  readonly staleResult?: UpdateResult;
  /** The push was answered with this error; the device's own result may say more. */
  readonly pushError?: string;
  /** The execute was answered with this error. */
  readonly executeError?: string;
  /** The device registered anew after the execute. */
  readonly returned?: boolean;
  readonly failure?: AttemptFailure;
}

/** What happened. Of what is read, only `read` counts as fact; a notification is a reason to look. */
export type AttemptEvent =
  | ({ readonly kind: "read" } & FirmwareReading)
  | { readonly kind: "answered"; readonly operation: "reset" | "push" | "execute" }
  | { readonly kind: "refused"; readonly operation: AttemptOperation; readonly code: string }
  | { readonly kind: "timed-out"; readonly operation: AttemptOperation }
  /** The transfer ended because `mayContinue` said so. */
  | { readonly kind: "push-stopped" }
  /** A value came at /5/0/3 or /5/0/5. */
  | { readonly kind: "notified" }
  /** Time to look again. */
  | { readonly kind: "poll" }
  /** The device registered anew. */
  | { readonly kind: "registered" }
  /** The order to install. */
  | { readonly kind: "install" }
  | { readonly kind: "cancel" }
  /** The time set aside for this phase is over. */
  | { readonly kind: "deadline" };

/** What is to be done. `wait` asks for polls now and then, and for a deadline on the phase. */
export type AttemptEffect =
  | { readonly kind: "read" }
  | { readonly kind: "reset"; readonly by: "uri" | "package" }
  | { readonly kind: "push" }
  | { readonly kind: "stop-push" }
  | { readonly kind: "execute" }
  | { readonly kind: "wait"; readonly for: "download" | "return" | "confirmation" | "deferral" };

export interface AttemptStep {
  readonly attempt: Attempt;
  readonly effects: readonly AttemptEffect[];
}

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
      if (event.kind === "push-stopped") return to(attempt, "cancelled");
      // It restarted in the middle: what it had of the package is gone, and the rest is of no use.
      if (event.kind === "registered")
        return failed(attempt, { kind: "unreachable", operation: "push" }, { kind: "stop-push" });
      if (event.kind === "deadline") return failed(attempt, { kind: "download-deadline" }, { kind: "stop-push" });
      return unchanged(attempt);

    case "confirming-download":
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
    case "confirming-download": {
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
      return judged({ ...stored, phase: "verifying", returned: true }, reading);
    }
    case "awaiting-return":
    case "verifying":
    case "deferred":
    case "lost":
      // Whether it registered while we were away is nowhere written; what it says now was read after the fact.
      return judged({ ...stored, phase: "verifying", returned: true }, reading);
  }
}

/** Whether an attempt that ended without success may be tried again with any hope. */
export function isRetryable(failure: AttemptFailure): boolean {
  switch (failure.kind) {
    case "result":
      return updateResults[failure.result].retryable;
    case "refused":
      // 4.05 and the like will not change; a device out of resources may recover.
      return failure.code.startsWith("5.") || failure.code === "4.08" || failure.code === "4.29";
    case "unreachable":
    case "busy":
    case "not-downloaded":
    case "not-installed":
    case "download-deadline":
      return true;
    case "not-reset":
    case "unconfirmed":
    case "wrong-version":
    case "malformed":
      return false;
  }
}

/** What a fresh reading means in each phase. */
function judged(attempt: Attempt, { state, result, version }: FirmwareReading): AttemptStep {
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
      return downloadConfirmed(attempt, state, result);
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
    case "executing":
      return unchanged(attempt);
  }
}

function examined(attempt: Attempt, state: FirmwareState, result: UpdateResult): AttemptStep {
  if (state === 3) return failed(attempt, { kind: "busy" });
  // There already: nothing to bring.
  if (attempt.fromVersion === attempt.expectedVersion && state === 0) return to(withoutFrom(attempt), "succeeded");
  if (state === 0 && result === 0) return to(attempt, "pushing", { kind: "push" });
  return reset(attempt, "uri");
}

function resetConfirmed(attempt: Attempt, state: FirmwareState, result: UpdateResult): AttemptStep {
  if (state === 0 && result === 0) return to(attempt, "pushing", { kind: "push" });
  if (attempt.resetBy === "uri") return reset(attempt, "package");
  // Idle is what matters. A result that will not go is remembered, so as not to be taken for the one to come.
  if (state === 0) return to({ ...attempt, staleResult: result }, "pushing", { kind: "push" });
  return failed(attempt, { kind: "not-reset" });
}

function downloadConfirmed(attempt: Attempt, state: FirmwareState, result: UpdateResult): AttemptStep {
  if (isFailureOf(attempt, result)) return failed(attempt, { kind: "result", result });
  // It installs without being told (object 5 version 1.2, Automatic Upgrade).
  if (state === 3) return to(attempt, "awaiting-return", { kind: "wait", for: "return" });
  if (attempt.pushError !== undefined && state !== 2) {
    return failed(attempt, { kind: "refused", operation: "push", code: attempt.pushError });
  }
  if (state === 2) return to(attempt, "downloaded");
  if (state === 1) return { attempt, effects: [{ kind: "wait", for: "download" }] };
  return failed(attempt, { kind: "not-downloaded" });
}

function stillDownloaded(attempt: Attempt, state: FirmwareState, result: UpdateResult, version: string): AttemptStep {
  if (state === 2)
    return isFailureOf(attempt, result) ? failed(attempt, { kind: "result", result }) : unchanged(attempt);
  if (state === 3) return to(attempt, "awaiting-return", { kind: "wait", for: "return" });
  if (version === attempt.expectedVersion)
    return verified({ ...attempt, phase: "verifying", returned: true }, state, result, version);
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

function cancelled(attempt: Attempt): AttemptStep {
  switch (attempt.phase) {
    case "examining":
    case "resetting":
    case "confirming-reset":
      return to(attempt, "cancelled");
    case "pushing":
      return to(attempt, "cancelled", { kind: "stop-push" });
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

function reset(attempt: Attempt, by: "uri" | "package"): AttemptStep {
  return to({ ...attempt, resetBy: by }, "resetting", { kind: "reset", by });
}

function resetRefused(attempt: Attempt, code: string): AttemptStep {
  if (attempt.resetBy === "uri") return reset(attempt, "package");
  return failed(attempt, { kind: "refused", operation: "reset", code });
}

function toConfirmDownload(attempt: Attempt): AttemptStep {
  return to(attempt, "confirming-download", read, { kind: "wait", for: "download" });
}

function toVerify(attempt: Attempt): AttemptStep {
  return to({ ...attempt, returned: true }, "verifying", read, { kind: "wait", for: "confirmation" });
}

function to(attempt: Attempt, phase: AttemptPhase, ...effects: AttemptEffect[]): AttemptStep {
  return { attempt: { ...attempt, phase }, effects };
}

function failed(attempt: Attempt, failure: AttemptFailure, ...effects: AttemptEffect[]): AttemptStep {
  return { attempt: { ...attempt, phase: "failed", failure }, effects };
}

function unchanged(attempt: Attempt): AttemptStep {
  return { attempt, effects: [] };
}

/** An attempt from before anything was learned of the device. */
function fresh({ expectedVersion }: Attempt): Attempt {
  return { phase: "examining", expectedVersion };
}

/** Was never anything else, so that no version can count as falling back. */
function withoutFrom({ fromVersion: _, ...attempt }: Attempt): Attempt {
  return attempt;
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
