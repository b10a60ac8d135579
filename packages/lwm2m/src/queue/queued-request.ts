import type { NotificationAttributes } from "../notification-attributes.ts";
import type { PlainContent, PlainPathContent } from "./plain-content.ts";

/** A management operation asked for later, as plain data: it is stored as it is. */
export type QueuedOperation =
  | { readonly kind: "read" | "discover" | "observe" | "cancel-observation" | "delete"; readonly path: string }
  | {
      readonly kind: "write";
      readonly path: string;
      readonly content: PlainContent;
      readonly mode?: "replace" | "partial";
    }
  /** Several places in one request: `path` names them all, with a space between each. */
  | { readonly kind: "read-composite" | "observe-composite"; readonly path: string }
  | { readonly kind: "write-composite"; readonly path: string; readonly contents: readonly PlainPathContent[] }
  | { readonly kind: "execute"; readonly path: string; readonly arguments?: string }
  | { readonly kind: "create"; readonly path: string; readonly content: PlainContent }
  | { readonly kind: "write-attributes"; readonly path: string; readonly attributes: NotificationAttributes };

/**
 * Where a queued request stands.
 *
 * `waiting`: for the device to wake. `sent`: stored before it leaves, so that a restart knows. The others are ends:
 * `delivered` (the device answered, be it with an error), `failed` (never answered, or not sendable), `expired`,
 * `cancelled`, and `uncertain`: it may have been carried out, and is not repeated.
 */
export type QueuedState = "waiting" | "sent" | "delivered" | "failed" | "expired" | "cancelled" | "uncertain";

/** What came of a request that ended. */
export interface QueuedResult {
  /** The device's code, `2.05` without its digits being known: `ok`; an error as `4.04`; or why there is no answer. */
  readonly code: string;
  /** A sentence, or what was read. */
  readonly message: string;
}

/** One request in the queue of a device. Times are milliseconds since the epoch. */
export interface QueuedRequest {
  readonly id: string;
  /** The server account; with the endpoint it names the device, whatever becomes of its registration. */
  readonly account: string;
  readonly endpoint: string;
  /** Requests of a device go out in this order. */
  readonly position: number;
  readonly operation: QueuedOperation;
  readonly askedAt: number;
  /** Who asked, as the caller names people. */
  readonly askedBy: string;
  readonly expiresAt: number;
  readonly state: QueuedState;
  /** How often it was sent. */
  readonly attempts: number;
  readonly endedAt?: number;
  readonly result?: QueuedResult;
}

/** Whether it still waits for an answer. */
export function isLive({ state }: QueuedRequest): boolean {
  return state === "waiting" || state === "sent";
}

/**
 * Whether an operation may be sent a second time when it is not known what became of the first: it then comes to the same.
 * An Execute may restart a light twice, a Create may make two instances.
 */
export function mayRepeat({ kind }: QueuedOperation): boolean {
  return kind !== "execute" && kind !== "create";
}

/** What a request weighs against the limits. */
export function bytesOf(operation: QueuedOperation): number {
  return Buffer.byteLength(JSON.stringify(operation));
}
