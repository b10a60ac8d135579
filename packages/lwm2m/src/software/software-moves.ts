import {
  isSoftwareRetryable,
  type SoftwareAttempt,
  type SoftwareEffect,
  type SoftwareFailure,
  type SoftwarePhase,
  type SoftwareStep,
  type SoftwareStepName,
} from "./software-attempt.ts";
import { softwareTriesMax } from "./software-deadlines.ts";

/** In which phase a step is asked for, and in which its effect is awaited. */
export const phasesOf: Readonly<
  Record<SoftwareStepName, { readonly asks: SoftwarePhase; readonly confirms: SoftwarePhase }>
> = {
  clear: { asks: "clearing", confirms: "confirming-clear" },
  install: { asks: "installing", confirms: "confirming-install" },
  switch: { asks: "switching", confirms: "confirming-switch" },
  uninstall: { asks: "uninstalling", confirms: "confirming-uninstall" },
};

/** The step that a phase asks for or confirms, if it does. */
export function stepOf(phase: SoftwarePhase): SoftwareStepName | undefined {
  return (Object.keys(phasesOf) as SoftwareStepName[]).find(
    (step) => phasesOf[step].asks === phase || phasesOf[step].confirms === phase,
  );
}

/** Enters a phase. */
export function to(attempt: SoftwareAttempt, phase: SoftwarePhase, ...effects: SoftwareEffect[]): SoftwareStep {
  return { attempt: { ...attempt, phase }, effects };
}

/** Nothing changes; there may be something to do. */
export function stay(attempt: SoftwareAttempt, ...effects: SoftwareEffect[]): SoftwareStep {
  return { attempt, effects };
}

export const look: SoftwareEffect = { kind: "read" };

/** Begins a step: its Execute leaves with this, right after the intent was stored. */
export function execute(attempt: SoftwareAttempt, step: SoftwareStepName, resultBefore: number): SoftwareStep {
  const { executeError, isUnanswered, isLookingToRepeat, ...kept } = attempt;
  const isRepeat = attempt.phase === phasesOf[step].confirms;
  const told = { ...kept, executes: isRepeat ? (attempt.executes ?? 0) + 1 : 1, resultBefore };
  return to(told, phasesOf[step].asks, effectOf(attempt, step));
}

function effectOf({ wish, from }: SoftwareAttempt, step: SoftwareStepName): SoftwareEffect {
  switch (step) {
    case "clear":
      return clearing(from);
    case "install":
      return { kind: "install" };
    case "switch":
      return { kind: "switch", on: wish.kind !== "deactivate" };
    case "uninstall":
      return { kind: "uninstall", forUpdate: wish.kind === "uninstall" && wish.forUpdate };
  }
}

/** Makes room for a package: what is installed stays in place until the new one is, what merely lies there is thrown away. */
export function clearing(from: SoftwareAttempt["from"]): SoftwareEffect {
  return { kind: "clear", forUpdate: from !== undefined && (from.state === 4 || from.version !== "") };
}

/** Sends the package, or says where it is. `result` is what stands there now, and is none of this try's doing. */
export function deliver(attempt: SoftwareAttempt, result: number): SoftwareStep {
  const { hasReturned, deliveryError, executeError, isUnanswered, isLookingToRepeat, staleResult, ...kept } = attempt;
  const begun: SoftwareAttempt = { ...kept, ...(result !== 0 && { staleResult: result }) };
  return attempt.delivery === "pull"
    ? to(begun, "offering", { kind: "offer" })
    : to(begun, "pushing", { kind: "push" });
}

/** Ends in failure, or begins once more after a pause where that may help. */
export function failed(attempt: SoftwareAttempt, failure: SoftwareFailure, ...effects: SoftwareEffect[]): SoftwareStep {
  const { wish, tries, delivery } = attempt;
  if (wish.kind !== "install" || !isSoftwareRetryable(failure) || tries >= softwareTriesMax) {
    return to({ ...attempt, failure }, "failed", ...effects);
  }
  const again: SoftwareAttempt = {
    ...{ wish, failure, phase: "waiting-to-retry", tries: tries + 1 },
    ...(delivery && { delivery }),
  };
  return stay(again, ...effects);
}

/** What follows an installation that was seen. */
export function installed(attempt: SoftwareAttempt, seen: SeenInstalled): SoftwareStep {
  const { wish } = attempt;
  if (wish.kind !== "install") return to(attempt, "succeeded");
  if (seen.version !== wish.version) {
    return to({ ...attempt, failure: { kind: "wrong-version", version: seen.version } }, "failed");
  }
  if (!wish.activates || seen.isActive) return succeeded(attempt);
  return execute(attempt, "switch", seen.result);
}

export interface SeenInstalled {
  readonly version: string;
  readonly isActive: boolean;
  readonly result: number;
}

/** Ends well; why an earlier try failed is no longer of interest. */
export function succeeded(attempt: SoftwareAttempt): SoftwareStep {
  const { failure, ...kept } = attempt;
  return to(kept, "succeeded");
}
