import type { Cancel } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import type { Duration } from "@lamplighter/runtime/duration";
import type { Block } from "./block.ts";
import type { BlockSize } from "./limits.ts";
import type { CoapOption } from "./message.ts";
import type { TransmissionParameters } from "./retransmission.ts";

/** A request to another endpoint. Paths and queries are plain strings, one per segment, not percent-encoded. */
export interface OutgoingRequest {
  readonly peer: Address;
  readonly method: number;
  readonly path: readonly string[];
  readonly query?: readonly string[];
  readonly contentFormat?: number;
  readonly accept?: number;
  readonly payload?: Uint8Array;
  /** Default true. */
  readonly confirmable?: boolean;
  readonly transmission?: Partial<TransmissionParameters>;
  /** How long to wait for the response after an empty acknowledgement. Default: `limits.responseTimeout`. */
  readonly responseTimeout?: Duration;
  /** Preferred size of the blocks a large payload is cut into; default 1024, smaller when the peer asks for it. */
  readonly blockSize?: BlockSize;
  /** Called for every Block1 block that the peer acknowledged. */
  readonly onProgress?: (progress: BlockProgress) => void;
  /** Asked before each further Block1 block; false ends the transfer with the outcome `cancelled`. */
  readonly mayContinue?: () => boolean;
  /**
   * Asks for one block of the response and leaves it at that: the outcome has its bytes alone, and its Block2 option among
   * `options` (RFC 7959 §2.4). Absent: the whole response is put together.
   */
  readonly block2?: { readonly number: number; readonly size: BlockSize };
  /** Chosen by the endpoint when absent. */
  readonly token?: Uint8Array;
}

export interface BlockProgress {
  readonly bytesAcknowledged: number;
  readonly bytesTotal: number;
}

/** How a request ended. Exactly one of these reaches the caller. */
export type RequestOutcome =
  | ResponseOutcome
  /** No acknowledgement; with `acknowledged`, there was one but no response after it. */
  | { readonly kind: "timed-out"; readonly acknowledged?: true }
  | { readonly kind: "reset" }
  | { readonly kind: "cancelled" }
  /** A limit was reached, or the peer's answer breaks the protocol. */
  | { readonly kind: "refused"; readonly why: string };

/** A response, its Block2 blocks already put together. */
export interface ResponseOutcome {
  readonly kind: "response";
  readonly code: number;
  readonly contentFormat?: number;
  readonly payload: Uint8Array;
  readonly options: readonly CoapOption[];
}

/** A request from another endpoint, its Block1 blocks already put together. */
export interface IncomingRequest {
  readonly peer: Address;
  readonly method: number;
  readonly confirmable: boolean;
  readonly path: readonly string[];
  readonly query: readonly string[];
  readonly contentFormat?: number | undefined;
  readonly accept?: number | undefined;
  /** 0 asks to observe, 1 to stop (RFC 7641 §2). */
  readonly observe?: number | undefined;
  readonly token: Uint8Array;
  readonly payload: Uint8Array;
  /** How many datagrams carried the payload. */
  readonly blocks: number;
  /** The part of the answer that is asked for (Block2, RFC 7959 §2.2); from the beginning when absent. */
  readonly block2?: Block | undefined;
  /** Present exactly when a GET or FETCH asks to observe. */
  readonly subscriber?: Subscriber | undefined;
  /** Answers, once; a second call breaks an invariant. `whenSent` runs right after the answer was handed to the network. */
  respond(response: OutgoingResponse, whenSent?: () => void): void;
}

export interface OutgoingResponse {
  readonly code: number;
  readonly contentFormat?: number;
  /** Larger than one block: goes out by Block2 by itself. */
  readonly payload?: Uint8Array;
  /**
   * Tags a payload that stays as it is, up to 8 bytes. With it nothing is kept for the blocks to come: the handler is asked
   * for each of them, and answers with the whole payload each time.
   */
  readonly etag?: Uint8Array;
  readonly locationPath?: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
  /** In answer to an observe request: accepts it. The number opens the sequence. */
  readonly observe?: number;
  readonly options?: readonly CoapOption[];
}

/** One observer of a resource of ours (RFC 7641 §4). `live` turns false once it left, by reset or by silence. */
export interface Subscriber {
  readonly peer: Address;
  readonly token: Uint8Array;
  readonly path: readonly string[];
  readonly accept?: number | undefined;
  readonly live: boolean;
}

/** What became of a notification. A non-confirmable one counts as delivered when sent. */
export type NotificationOutcome = "delivered" | "rejected" | "timed-out";

export interface Notification {
  readonly code: number;
  readonly contentFormat?: number;
  readonly payload: Uint8Array;
}

export interface ObservationListener {
  /** The first answer. Anything but a success with the Observe option means that there is no observation. */
  onResponse(outcome: RequestOutcome): void;
  /** Fresh notifications only, in order (RFC 7641 §3.4). */
  onNotification(notification: Notification): void;
  /** `cancelled` by us, `refused` by a notification that ends it, `reset` when the peer was forgotten. Called once, never before onResponse, and only for an observation that existed. */
  onEnd(why: ObservationEnd): void;
  /** A notification under its token came from another address than the peer's, and was ignored: the peer may have moved. */
  onElsewhere?(from: Address): void;
  /** A notification came of which the rest could not be fetched: what it was to tell is not known. */
  onLost?(): void;
}

/** An observation that a peer still holds for us, as it was asked for: by GET unless `method` says FETCH. */
export type RestoredObservation = Pick<OutgoingRequest, "peer" | "path" | "accept" | "contentFormat" | "payload"> & {
  readonly method?: number;
  readonly token: Uint8Array;
};

export type ObservationEnd = "cancelled" | "refused" | "reset";

export interface LiveObservation {
  readonly token: Uint8Array;
  readonly peer: Address;
  /**
   * Asks the peer to observe again, under the same token (RFC 7641 §3.3.1): what it still holds it goes on holding, what it
   * has lost it takes up. Exactly one call of `done`. An answer that does not observe ends the observation, without `onEnd`;
   * silence does not. `cancelled` when it is not live, or is being asked for already.
   */
  refresh(done: (outcome: RequestOutcome) => void): Cancel;
  /** Tells the peer with Observe = 1 and the same token (RFC 7641 §3.6). */
  cancel(done?: (outcome: RequestOutcome) => void): void;
  /** Sends nothing; the next notification is answered with a reset. */
  forget(): void;
}
