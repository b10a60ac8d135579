import type { BlockProgress, BlockSize, TransmissionParameters } from "@lamplighter/coap/endpoint";
import { type Duration, minutes } from "@lamplighter/runtime/duration";
import type { NotificationAttributes } from "./notification-attributes.ts";

/** What every operation on a device may be told beside its path. */
export interface OperationOptions {
  /** How long the request may wait for its turn or for the device to wake. Default two minutes. */
  readonly waitMax?: Duration;
  readonly transmission?: Partial<TransmissionParameters>;
  /** Called when the request leaves; again for another content format. Not called means that the device was never asked. */
  readonly onSent?: () => void;
}

export interface ReadOptions extends OperationOptions {
  /**
   * The one content format to ask in, instead of what suits the device best. `any` leaves the choice to the device: no Accept
   * is sent, and whatever comes is read.
   */
  readonly contentFormat?: number | "any";
}

export interface DiscoverOptions extends OperationOptions {
  /** How many levels below the path are listed (LwM2M 1.2 alone); what the device thinks right when absent. */
  readonly depth?: 0 | 1 | 2 | 3;
}

export interface ObserveOptions extends OperationOptions {
  /** Attributes for this observation alone (LwM2M 1.2); they are kept with it through registrations and restarts. */
  readonly attributes?: NotificationAttributes;
}

export interface CancelOptions extends OperationOptions {
  /**
   * `request` (the default) tells the device at once with Observe = 1; `reset` says nothing until its next notification,
   * which is answered with a reset (RFC 7641 §3.6).
   */
  readonly by?: "request" | "reset";
}

export interface WriteOptions extends OperationOptions {
  /** `replace` (the default) sets exactly what is given; `partial` leaves the rest of an instance or of a multiple resource as it is. */
  readonly mode?: "replace" | "partial";
  /** The one content format to write in, instead of what suits the device best. */
  readonly contentFormat?: number;
}

export interface WriteOpaqueOptions extends OperationOptions {
  /** Default 42, octet-stream. */
  readonly contentFormat?: number;
  readonly blockSize?: BlockSize;
  /** Called for every block that the device acknowledged. */
  readonly onProgress?: (progress: BlockProgress) => void;
  /** Asked before each further block; false ends the transfer with the outcome `cancelled`. */
  readonly mayContinue?: () => boolean;
}

export const waitMaxDefault: Duration = minutes(2);
