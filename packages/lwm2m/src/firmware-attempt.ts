import { type DrivingEvent, mayPass } from "./driving-event.ts";
import { type UpdateResult, updateResults } from "./firmware-result.ts";

/** How an image comes to a device: we write it (/5/0/0), or we write where it is and the device fetches it (/5/0/1). */
export type FirmwareDelivery = "push" | "pull";

/** What a device says of its Firmware Update object and version, read fresh: /5/0/3, /5/0/5 and /3/0/3. */
export interface FirmwareReading {
  readonly state: number;
  readonly result: number;
  readonly version: string;
}

/**
 * Where one attempt to bring one image to one device stands.
 *
 * `examining` reads what is there before anything is touched; `pushing` sends the image, `offering` writes where it can
 * be fetched; `downloaded` holds until it is told to install; `deferred` holds because the device put the installation off. The last five are final, except that `lost` and `succeeded` may
 * still be revised by what the device shows later.
 */
export type AttemptPhase =
  | "examining"
  | "resetting"
  | "confirming-reset"
  | "pushing"
  | "offering"
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
  "offering",
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
  /** It takes no image by any way that we have. */
  | { readonly kind: "undeliverable"; readonly why: string }
  /** It runs the expected version, but never said that the update succeeded. */
  | { readonly kind: "unconfirmed" }
  | { readonly kind: "wrong-version"; readonly version: string }
  /** Its state or result is a number that the specification does not know. */
  | { readonly kind: "malformed"; readonly what: "state" | "result"; readonly value: number };

export type AttemptOperation = "read" | "reset" | "push" | "offer" | "execute";

/** One attempt, as stored between events. */
export interface Attempt {
  readonly phase: AttemptPhase;
  readonly expectedVersion: string;
  /** Known once the device was examined. */
  readonly fromVersion?: string;
  /** How the image goes to this device; by push when absent. */
  readonly delivery?: FirmwareDelivery;
  /** It registered anew since it was told where to fetch the image from. */
  readonly hasReturned?: boolean;
  /** How the reset was asked for last: an empty Package URI, or a Package of one NUL byte. */
  readonly resetBy?: "uri" | "package";
  /** A result that the device would not let go of; it says nothing about this attempt. */
  readonly staleResult?: UpdateResult;
  /** The push, or the address of the image, was answered with this error; the device's own result may say more. */
  readonly pushError?: string;
  /** The execute was answered with this error. */
  readonly executeError?: string;
  readonly failure?: AttemptFailure;
}

/** What happened. Of what is read, only `read` counts as fact; a notification is a reason to look. */
export type AttemptEvent =
  | ({ readonly kind: "read" } & FirmwareReading)
  | DrivingEvent<Exclude<AttemptOperation, "read">>;

/** What is to be done. `wait` asks for polls now and then, and for a deadline on the phase. */
export type AttemptEffect =
  | { readonly kind: "read" }
  | { readonly kind: "reset"; readonly by: "uri" | "package" }
  | { readonly kind: "push" }
  | { readonly kind: "stop-push" }
  /** Write where the image is to the Package URI. */
  | { readonly kind: "offer" }
  | { readonly kind: "execute" }
  | { readonly kind: "wait"; readonly for: "download" | "return" | "confirmation" | "deferral" };

export interface AttemptStep {
  readonly attempt: Attempt;
  readonly effects: readonly AttemptEffect[];
}

/** Whether an attempt that ended without success may be tried again with any hope. */
export function isRetryable(failure: AttemptFailure): boolean {
  switch (failure.kind) {
    case "result":
      return updateResults[failure.result].retryable;
    case "refused":
      return mayPass(failure.code);
    case "unreachable":
    case "busy":
    case "not-downloaded":
    case "not-installed":
    case "download-deadline":
      return true;
    case "not-reset":
    case "undeliverable":
    case "unconfirmed":
    case "wrong-version":
    case "malformed":
      return false;
  }
}
