import type { Duration } from "@lamplighter/runtime/duration";

/** How an operation on a device ended. Operations never throw for what a device or the network does. */
export type OperationOutcome<T> =
  /** `roundTrip` counts from when the request left our queue. */
  | { readonly kind: "ok"; readonly value: T; readonly roundTrip: Duration }
  /** The device said no: `code` as `4.04`. */
  | { readonly kind: "error"; readonly code: string; readonly message: string }
  /** With `acknowledged` it was heard, and not answered. */
  | { readonly kind: "timed-out"; readonly acknowledged?: true }
  | { readonly kind: "not-registered" }
  /** The device waits for a person to accept it. */
  | { readonly kind: "pending" }
  /** Stopped by `mayContinue`. */
  | { readonly kind: "cancelled" }
  /** Our own check refused it; nothing was sent. */
  | { readonly kind: "invalid"; readonly why: string }
  /** The device answered something unreadable. */
  | { readonly kind: "malformed"; readonly why: string }
  /** It could not be delivered, or the device left or restarted meanwhile. */
  | { readonly kind: "unreachable"; readonly why: string };
