import type { Address } from "@lamplighter/runtime/datagram";

/**
 * How far a connection may have got, as far as storage knows. Both marks run ahead of the truth: what lies below them
 * may have happened, what lies above has not.
 */
export interface SessionMarks {
  /** Records below may have been sent. A restored connection sends from here on (RFC 6347 §4.1: no number twice). */
  readonly sendBelow: number;
  /** Records below may have been taken. A restored connection refuses them (RFC 6347 §4.1.2.6: none twice). */
  readonly acceptedBelow: number;
}

/** A connection as it is stored. Times are epoch milliseconds. */
export interface StoredSession extends SessionMarks {
  /** What it is called above the port; registrations hold it as their address. */
  readonly name: Address;
  /** Keys, identity and connection ids, sealed and bound to the name. */
  readonly sealed: Uint8Array;
  /** Where its peer was last heard. */
  readonly udpAddress: Address;
  readonly connectedAt: number;
  readonly heardAt: number;
}

/** What changes of a stored connection while it is used. */
export type SessionProgress = Omit<StoredSession, "sealed" | "connectedAt">;

export interface SessionBatch {
  readonly put: readonly StoredSession[];
  readonly progress: readonly SessionProgress[];
  readonly remove: readonly Address[];
}

/** Keeps connections over a restart. Whatever it answers well must survive the loss of the process right after. */
export interface DtlsSessionStore {
  /**
   * Gives all connections, with their marks as they stood, and raises the stored marks by `ahead` in the same step: the
   * caller may use so much before it stores anything.
   */
  takeUp(ahead: SessionMarks): Promise<readonly StoredSession[]>;
  /** Stores all of a batch or, when it rejects, perhaps nothing and perhaps all. */
  save(batch: SessionBatch): Promise<void>;
}
