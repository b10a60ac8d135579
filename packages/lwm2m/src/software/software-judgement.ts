import type {
  SoftwareAttempt,
  SoftwareFailure,
  SoftwareReading,
  SoftwareStep,
  SoftwareStepName,
} from "./software-attempt.ts";
import { deliver, execute, failed, installed, stay, stepOf, succeeded, to } from "./software-moves.ts";
import { isSoftwareFailure, isSoftwareResult, isSoftwareState } from "./software-result.ts";

/** What a fresh reading means in each phase. */
export function judgedSoftware(attempt: SoftwareAttempt, reading: SoftwareReading): SoftwareStep {
  const { phase } = attempt;
  if (phase === "succeeded" || phase === "failed" || phase === "cancelled") return stay(attempt);
  const { state, result } = reading;
  if (!isSoftwareState(state)) return failed(attempt, { kind: "malformed", what: "state", value: state });
  if (!isSoftwareResult(result)) return failed(attempt, { kind: "malformed", what: "result", value: result });
  switch (phase) {
    case "examining":
      return examined({ ...attempt, from: { state, version: reading.version } }, reading);
    case "confirming-delivery":
      return deliveryConfirmed(withoutPassedResult(attempt, result), reading);
    case "delivered":
      return stillDelivered(attempt, reading);
    case "confirming-clear":
    case "confirming-install":
    case "confirming-switch":
    case "confirming-uninstall":
      return stepConfirmed(attempt, reading);
    // A reading asked for earlier, that arrives while an answer or a pause is awaited.
    case "creating":
    case "clearing":
    case "pushing":
    case "offering":
    case "installing":
    case "switching":
    case "uninstalling":
    case "waiting-to-retry":
      return stay(attempt);
  }
}

function examined(attempt: SoftwareAttempt, reading: SoftwareReading): SoftwareStep {
  const { wish } = attempt;
  const { state, result, version, isActive } = reading;
  switch (wish.kind) {
    case "install":
      // There already: nothing to bring.
      if (state === 4 && version === wish.version) return installed(attempt, reading);
      // Uninstall also resets the result, as it must be before a download (OMA object 9, Update Result).
      return state === 0 && result === 0 ? deliver(attempt, result) : execute(attempt, "clear", result);
    case "activate":
    case "deactivate":
      if (state !== 4) return failed(attempt, { kind: "nothing-installed" });
      return isActive === (wish.kind === "activate") ? succeeded(attempt) : execute(attempt, "switch", result);
    case "uninstall":
      return state === 0 && version === "" ? succeeded(attempt) : execute(attempt, "uninstall", result);
  }
}

function deliveryConfirmed(attempt: SoftwareAttempt, reading: SoftwareReading): SoftwareStep {
  const { state, result } = reading;
  // It resets its result before it takes a package in, so what stands there after a whole push is of this push.
  const isStale =
    result === attempt.staleResult && (attempt.delivery === "pull" || attempt.deliveryError !== undefined);
  if (isSoftwareFailure(result) && !isStale) return failed(attempt, { kind: "result", result });
  if (state === 3) return toDelivered(attempt, result);
  // It installs what it is given without being told.
  if (state === 4) return installed(attempt, reading);
  // Downloaded: the light checks the package, whatever it answered.
  if (attempt.deliveryError !== undefined && state !== 2) {
    const operation = attempt.delivery === "pull" ? "offer" : "push";
    return failed(attempt, { kind: "refused", operation, code: attempt.deliveryError });
  }
  if (state !== 0) return stay(attempt);
  // It fetches at its next practical opportunity (OMA object 9, Package URI): Initial means that it has not begun.
  if (attempt.delivery === "pull") return attempt.hasReturned ? deliver(attempt, result) : stay(attempt);
  return failed(attempt, { kind: "not-delivered" });
}

function toDelivered(attempt: SoftwareAttempt, result: number): SoftwareStep {
  return to({ ...attempt, resultBefore: result }, "delivered");
}

/** Install is executed here alone, on a light that has just said Delivered, once the order was given. */
function stillDelivered(attempt: SoftwareAttempt, reading: SoftwareReading): SoftwareStep {
  const { state, result } = reading;
  if (state === 4) return installed(attempt, reading);
  if (isSoftwareFailure(result) && result !== attempt.resultBefore) return failed(attempt, { kind: "result", result });
  if (state !== 3) return failed(attempt, { kind: "not-delivered" });
  return attempt.isTold ? execute(attempt, "install", result) : stay(attempt);
}

/** What a reading says of a step that was executed, or may have been. */
type StepVerdict = "done" | "waiting" | SoftwareFailure;

function stepConfirmed(attempt: SoftwareAttempt, reading: SoftwareReading): SoftwareStep {
  const step = stepOf(attempt.phase);
  if (!step) return stay(attempt);
  const verdict = verdicts[step](attempt, reading);
  if (verdict === "done") return afterStep(step, attempt, reading);
  if (verdict !== "waiting") return failed(attempt, verdict);
  const { executeError, isLookingToRepeat } = attempt;
  if (executeError !== undefined) {
    // A download that was cut off may not be thrown away on every light; a new package begins it anew.
    if (step === "clear" && reading.state === 1) return deliver(attempt, reading.result);
    return failed(attempt, { kind: "refused", operation: step, code: executeError });
  }
  return isLookingToRepeat ? execute(attempt, step, reading.result) : stay(attempt);
}

const verdicts: Readonly<
  Record<SoftwareStepName, (attempt: SoftwareAttempt, reading: SoftwareReading) => StepVerdict>
> = {
  clear: (attempt, { state, result }) => newFailure(attempt, result) ?? (state === 0 ? "done" : "waiting"),
  install(attempt, { state, result }) {
    if (state === 4) return "done";
    // A failed installation leaves the package where it is (OMA object 9, Update State).
    return newFailure(attempt, result) ?? (state === 3 ? "waiting" : { kind: "not-done", step: "install" });
  },
  switch({ wish }, { state, isActive }) {
    if (state !== 4) return { kind: "nothing-installed" };
    return isActive === (wish.kind !== "deactivate") ? "done" : "waiting";
  },
  uninstall(attempt, { state, result, version }) {
    const { from, isUnanswered, executeError } = attempt;
    // Where it was Initial before, that says nothing: only the answer does, or that the version is gone.
    const isProof = from?.state !== 0 || version === "" || isUnanswered !== true;
    if (state === 0 && isProof && executeError === undefined) return "done";
    return newFailure(attempt, result) ?? "waiting";
  },
};

function newFailure({ resultBefore }: SoftwareAttempt, result: number): SoftwareFailure | undefined {
  return isSoftwareFailure(result) && result !== resultBefore ? { kind: "result", result } : undefined;
}

function afterStep(step: SoftwareStepName, attempt: SoftwareAttempt, reading: SoftwareReading): SoftwareStep {
  switch (step) {
    case "clear":
      return deliver(attempt, reading.result);
    case "install":
      return installed(attempt, reading);
    case "switch":
      return attempt.wish.kind === "install" ? installed(attempt, reading) : succeeded(attempt);
    case "uninstall":
      return succeeded(attempt);
  }
}

/** A result that has given way to another is stale no longer: should it come back, it is news. */
function withoutPassedResult(attempt: SoftwareAttempt, result: number): SoftwareAttempt {
  if (attempt.staleResult === undefined || result === attempt.staleResult) return attempt;
  const { staleResult, ...kept } = attempt;
  return kept;
}
