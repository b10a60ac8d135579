import type {
  SoftwareAttempt,
  SoftwareEvent,
  SoftwareFailure,
  SoftwareReading,
  SoftwareStep,
  SoftwareStepName,
  SoftwareWish,
} from "./software-attempt.ts";
import { softwareExecutesMax } from "./software-deadlines.ts";
import { judgedSoftware } from "./software-judgement.ts";
import { clearing, deliver, failed, look, phasesOf, stay, stepOf, succeeded, to } from "./software-moves.ts";

/** Begins a change: looks at the device before touching it, after creating the instance where that is asked for. */
export function beginSoftware(wish: SoftwareWish): SoftwareStep {
  const creates = wish.kind === "install" && wish.creates;
  const attempt: SoftwareAttempt = { wish, phase: creates ? "creating" : "examining", tries: 1 };
  return stay(attempt, creates ? { kind: "create" } : look);
}

/**
 * Says what a change becomes when something happens to it, and what is to be done (OMA object 9, Software Management).
 *
 * Total: every event in every phase has an answer, most often "nothing changes". Install is executed only on the order to,
 * and only on a light that a reading made for it shows as Delivered. What was executed and not answered is executed once
 * more at most, and only after its time is over and a fresh reading shows that nothing happened.
 */
export function nextSoftware(attempt: SoftwareAttempt, event: SoftwareEvent): SoftwareStep {
  if (event.kind === "read") return judgedSoftware(attempt, event);
  if (event.kind === "cancel") return cancelled(attempt);
  if (event.kind === "delivery-chosen" || event.kind === "undeliverable") return chosen(attempt, event);
  const { phase } = attempt;
  switch (phase) {
    case "creating":
      if (isAnswered(event, "create")) return to(attempt, "examining", look);
      if (event.kind === "refused" && event.operation === "create") return failed(attempt, failureOf(event));
      // It may have been created; the reading tells.
      if (event.kind === "timed-out" && event.operation === "create") return to(attempt, "examining", look);
      if (event.kind === "deadline") return failed(attempt, { kind: "unreachable", operation: "create" });
      // It may have slept or been away; one that is being asked already is not asked again.
      return isReasonToLook(event) ? stay(attempt, { kind: "create" }) : stay(attempt);

    case "examining":
      if (event.kind === "refused" && event.operation === "read") return failed(attempt, failureOf(event));
      if (event.kind === "deadline") return failed(attempt, { kind: "unreachable", operation: "read" });
      return isReasonToLook(event) ? stay(attempt, look) : stay(attempt);

    case "pushing":
    case "offering":
      return whileDelivering(attempt, event);

    case "confirming-delivery":
      if (event.kind === "registered" && attempt.delivery === "pull") {
        // It may have restarted, and forgotten where to fetch from.
        return stay({ ...attempt, hasReturned: true }, look);
      }
      if (event.kind === "delivery-stopped") return failed(attempt, { kind: "no-image" });
      if (event.kind === "deadline") return failed(attempt, { kind: "delivery-deadline" });
      return isReasonToLook(event) ? stay(attempt, look) : stay(attempt);

    case "delivered":
      if (event.kind === "install") return stay({ ...attempt, isTold: true }, look);
      if (event.kind === "deadline") {
        return failed(attempt, { kind: "hold-deadline" }, clearing(attempt.from));
      }
      return isReasonToLook(event) ? stay(attempt, look) : stay(attempt);

    case "waiting-to-retry":
      return event.kind === "deadline" ? to(attempt, "examining", look) : stay(attempt);

    case "clearing":
    case "installing":
    case "switching":
    case "uninstalling":
    case "confirming-clear":
    case "confirming-install":
    case "confirming-switch":
    case "confirming-uninstall":
      return whileStepping(attempt, event, stepOf(phase) ?? "clear");

    case "succeeded":
    case "failed":
    case "cancelled":
      return stay(attempt);
  }
}

function whileDelivering(attempt: SoftwareAttempt, event: SoftwareEvent): SoftwareStep {
  const operation = attempt.phase === "offering" ? "offer" : "push";
  const stop = operation === "push" ? [{ kind: "stop-push" } as const] : [];
  if (isAnswered(event, operation)) return to(attempt, "confirming-delivery", look);
  if (event.kind === "refused" && event.operation === operation) {
    return to({ ...attempt, deliveryError: event.code }, "confirming-delivery", look);
  }
  if (event.kind === "timed-out" && event.operation === operation) return failed(attempt, failureOf(event));
  if (event.kind === "delivery-stopped") return failed(attempt, { kind: "no-image" });
  // It restarted in the middle: what it had of the package is gone, and the rest is of no use.
  if (event.kind === "registered" && operation === "push") {
    return failed(attempt, { kind: "unreachable", operation }, ...stop);
  }
  if (event.kind === "deadline") return failed(attempt, { kind: "delivery-deadline" }, ...stop);
  return stay(attempt);
}

/** A step that was executed: its answer is awaited first, and then its effect. */
function whileStepping(attempt: SoftwareAttempt, event: SoftwareEvent, step: SoftwareStepName): SoftwareStep {
  const { confirms, asks } = phasesOf[step];
  if (attempt.phase === asks) {
    if (isAnswered(event, step)) return to(attempt, confirms, look);
    if (event.kind === "refused" && event.operation === step) {
      return to({ ...attempt, executeError: event.code }, confirms, look);
    }
    // It may have arrived. What happened shows in what the device says.
    if (event.kind === "timed-out" && event.operation === step) {
      return to({ ...attempt, isUnanswered: true }, confirms, look);
    }
    if (event.kind === "deadline") return failed(attempt, { kind: "not-done", step });
    return stay(attempt);
  }
  if (event.kind === "deadline") return timeIsUp(attempt, step);
  // A package that takes its instance along when it goes is gone.
  const isGone = event.kind === "refused" && event.operation === "read" && event.code === "4.04";
  if (isGone && step === "uninstall") return succeeded(attempt);
  return isReasonToLook(event) ? stay(attempt, look) : stay(attempt);
}

function timeIsUp(attempt: SoftwareAttempt, step: SoftwareStepName): SoftwareStep {
  const { isUnanswered, isLookingToRepeat, executes = 1 } = attempt;
  if (isUnanswered && !isLookingToRepeat && executes < softwareExecutesMax) {
    return stay({ ...attempt, isLookingToRepeat: true }, look);
  }
  return failed(attempt, isUnanswered ? { kind: "unreachable", operation: step } : { kind: "not-done", step });
}

/**
 * Takes a change up again after our restart, by what the device says and not by what we last intended.
 *
 * What was about to be executed counts as sent and not answered, so nothing is executed twice for our restart alone.
 */
export function resumeSoftware(stored: SoftwareAttempt, reading: SoftwareReading): SoftwareStep {
  const { phase } = stored;
  switch (phase) {
    case "creating":
    case "examining":
      return judgedSoftware({ ...stored, phase: "examining" }, reading);
    case "clearing":
    case "installing":
    case "switching":
    case "uninstalling": {
      const step = stepOf(phase) ?? "clear";
      return judgedSoftware({ ...stored, phase: phasesOf[step].confirms, isUnanswered: true }, reading);
    }
    case "pushing":
    case "offering":
    case "confirming-delivery":
      return resumedDelivery(stored, reading);
    default:
      return judgedSoftware(stored, reading);
  }
}

function resumedDelivery(stored: SoftwareAttempt, reading: SoftwareReading): SoftwareStep {
  const { state, result } = reading;
  const hasForgotten = state === 0 && (result === 0 || result === stored.staleResult);
  if (stored.delivery === "pull") {
    if (hasForgotten) return deliver(stored, result);
    return judgedSoftware({ ...stored, phase: "confirming-delivery" }, reading);
  }
  // Room was made before the push began, so a package that waits there is ours, and whole.
  const isWhole = state >= 2 || stored.phase === "confirming-delivery";
  if (isWhole && !hasForgotten) return judgedSoftware({ ...stored, phase: "confirming-delivery" }, reading);
  // Block1 cannot go on in the middle: the push begins again.
  return judgedSoftware({ ...stored, phase: "examining" }, reading);
}

function chosen(
  attempt: SoftwareAttempt,
  event: Extract<SoftwareEvent, { kind: "delivery-chosen" | "undeliverable" }>,
): SoftwareStep {
  const { phase } = attempt;
  if (phase !== "creating" && phase !== "examining") return stay(attempt);
  if (event.kind === "undeliverable") return failed(attempt, { kind: "undeliverable", why: event.why });
  return stay({ ...attempt, delivery: event.delivery });
}

/** Whether a change can still be called back; what is being executed cannot. */
export function isSoftwareCancellable({ phase }: Pick<SoftwareAttempt, "phase">): boolean {
  return cancellable.has(phase);
}

const cancellable: ReadonlySet<SoftwareAttempt["phase"]> = new Set([
  "creating",
  "examining",
  "pushing",
  "offering",
  "confirming-delivery",
  "delivered",
  "waiting-to-retry",
]);

function cancelled(attempt: SoftwareAttempt): SoftwareStep {
  if (!isSoftwareCancellable(attempt)) return stay(attempt);
  const { phase } = attempt;
  if (phase === "pushing") return to(attempt, "cancelled", { kind: "stop-push" });
  const mayLieThere = phase === "offering" || phase === "confirming-delivery" || phase === "delivered";
  // The package must not lie there for someone to install.
  return mayLieThere ? to(attempt, "cancelled", clearing(attempt.from)) : to(attempt, "cancelled");
}

function isAnswered(event: SoftwareEvent, operation: string): boolean {
  return event.kind === "answered" && event.operation === operation;
}

type OperationFailed = Extract<SoftwareEvent, { kind: "refused" | "timed-out" }>;

function failureOf(event: OperationFailed): SoftwareFailure {
  return event.kind === "refused"
    ? { kind: "refused", operation: event.operation, code: event.code }
    : { kind: "unreachable", operation: event.operation };
}

function isReasonToLook({ kind }: SoftwareEvent): boolean {
  return kind === "notified" || kind === "poll" || kind === "registered";
}
