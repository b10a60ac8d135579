import { type DrivingEvent, mayPass } from "../driving-event.ts";
import type { FirmwareDelivery } from "../firmware-attempt.ts";
import { softwareResult } from "./software-result.ts";

/** What a device says of one instance of object 9, read in one request: resources 7, 9, 0, 1 and 12. */
export interface SoftwareReading {
  readonly state: number;
  readonly result: number;
  readonly name: string;
  readonly version: string;
  readonly isActive: boolean;
}

/** What somebody wants of one instance of object 9. */
export type SoftwareWish =
  | {
      readonly kind: "install";
      /** What PkgVersion must say in the end, exactly. */
      readonly version: string;
      /** The instance is to be created first. */
      readonly creates: boolean;
      /** It is to be activated once it is installed. */
      readonly activates: boolean;
    }
  | { readonly kind: "activate" }
  | { readonly kind: "deactivate" }
  /** With `forUpdate` the device keeps what it has and makes ready for the next package (argument 1 of Uninstall). */
  | { readonly kind: "uninstall"; readonly forUpdate: boolean };

/** What is executed on the device: each is asked for, and then confirmed by what the device shows. */
export type SoftwareStepName = "clear" | "install" | "switch" | "uninstall";

/**
 * Where one change of one instance stands.
 *
 * `examining` reads what is there before anything is touched. `clearing` makes room by Uninstall; `pushing` sends the
 * package, `offering` writes where it can be fetched; `delivered` holds until it is told to install. `switching` activates
 * or deactivates. The last three are final.
 */
export const softwarePhases = [
  "creating",
  "examining",
  "clearing",
  "confirming-clear",
  "pushing",
  "offering",
  "confirming-delivery",
  "delivered",
  "installing",
  "confirming-install",
  "switching",
  "confirming-switch",
  "uninstalling",
  "confirming-uninstall",
  "waiting-to-retry",
  "succeeded",
  "failed",
  "cancelled",
] as const;
export type SoftwarePhase = (typeof softwarePhases)[number];

export type SoftwareOperation = SoftwareStepName | "create" | "read" | "push" | "offer";

export type SoftwareFailure =
  | { readonly kind: "result"; readonly result: number }
  /** The device answered an operation with an error. */
  | { readonly kind: "refused"; readonly operation: SoftwareOperation; readonly code: string }
  /** No answer, or a transfer that broke. */
  | { readonly kind: "unreachable"; readonly operation: SoftwareOperation }
  /** It has nothing installed that could be activated or deactivated. */
  | { readonly kind: "nothing-installed" }
  /** All was sent, yet the device has no package. */
  | { readonly kind: "not-delivered" }
  /** It was told, and what it shows never became what it was told. */
  | { readonly kind: "not-done"; readonly step: SoftwareStepName }
  | { readonly kind: "delivery-deadline" }
  /** It was delivered, and nobody said to install it. */
  | { readonly kind: "hold-deadline" }
  /** It takes no package by any way that we have. */
  | { readonly kind: "undeliverable"; readonly why: string }
  /** Our own storage does not give the package. */
  | { readonly kind: "no-image" }
  | { readonly kind: "wrong-version"; readonly version: string }
  /** Its state or result is a number that the object's definition does not allow. */
  | { readonly kind: "malformed"; readonly what: "state" | "result"; readonly value: number };

/** One change, as stored between events. */
export interface SoftwareAttempt {
  readonly wish: SoftwareWish;
  readonly phase: SoftwarePhase;
  /** Which try to bring the package this is, from 1. */
  readonly tries: number;
  /** How the package goes to the device; by push when absent. */
  readonly delivery?: FirmwareDelivery;
  /** What it said when it was examined. */
  readonly from?: { readonly state: number; readonly version: string };
  /** A result that was there before this try: it says nothing about it. */
  readonly staleResult?: number;
  /** The push, or the address, was answered with this error; the device's own result may say more. */
  readonly deliveryError?: string;
  /** It registered anew since it was told where to fetch the package from. */
  readonly hasReturned?: boolean;
  /** The order to install was given. */
  readonly isTold?: boolean;
  /** How often this step was executed. */
  readonly executes?: number;
  /** The result that stood there when the step was executed. */
  readonly resultBefore?: number;
  /** The last execute was answered with this error. */
  readonly executeError?: string;
  /** The last execute had no answer: it may or may not have arrived. */
  readonly isUnanswered?: boolean;
  /** Time to execute once more, should a fresh look show that nothing happened. */
  readonly isLookingToRepeat?: boolean;
  readonly failure?: SoftwareFailure;
}

/** What happened. Of what is read, only `read` counts as fact; a notification is a reason to look. */
export type SoftwareEvent =
  | ({ readonly kind: "read" } & SoftwareReading)
  | DrivingEvent<Exclude<SoftwareOperation, "read">>;

/** What is to be done. */
export type SoftwareEffect =
  | { readonly kind: "create" }
  | { readonly kind: "read" }
  | { readonly kind: "push" }
  | { readonly kind: "stop-push" }
  /** Write where the package is to the Package URI. */
  | { readonly kind: "offer" }
  /** Execute Uninstall to make room; its answer counts as that of `clear`. */
  | { readonly kind: "clear"; readonly forUpdate: boolean }
  | { readonly kind: "install" }
  | { readonly kind: "switch"; readonly on: boolean }
  | { readonly kind: "uninstall"; readonly forUpdate: boolean };

export interface SoftwareStep {
  readonly attempt: SoftwareAttempt;
  readonly effects: readonly SoftwareEffect[];
}

export const isSoftwareOver = (phase: SoftwarePhase): boolean =>
  phase === "succeeded" || phase === "failed" || phase === "cancelled";

/** Whether a try that ended so may be followed by another with any hope. */
export function isSoftwareRetryable(failure: SoftwareFailure): boolean {
  switch (failure.kind) {
    case "result":
      return softwareResult(failure.result).retryable;
    case "refused":
      return mayPass(failure.code);
    case "unreachable":
      return failure.operation === "push" || failure.operation === "offer";
    case "not-delivered":
      return true;
    default:
      return false;
  }
}
