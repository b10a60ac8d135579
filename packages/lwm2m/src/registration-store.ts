import type { Registration } from "./registration.ts";

/** An observation that a device holds for us, as it must survive our restart. */
export interface StoredObservation {
  /** Hexadecimal, lower case. */
  readonly token: string;
  readonly registrationId: string;
  readonly endpoint: string;
  /** The object path, `/5/0/3`, without a device's alternate path. */
  readonly path: string;
  readonly accept?: number;
}

export interface StoredRegistrations {
  readonly registrations: readonly Registration[];
  readonly observations: readonly StoredObservation[];
}

/**
 * Keeps registrations and observations beyond our own life, so that a device need not notice a restart.
 *
 * Calls are answered in the order made. What has a `done` is answered only once it is safe (after the group commit);
 * what has none is written behind, and may be lost in a crash.
 */
export interface RegistrationStore {
  load(): Promise<StoredRegistrations>;
  /** Replaces by account and endpoint; when the id changed, that endpoint's observations go with the old registration. */
  save(registration: Registration, done: (error?: Error) => void): void;
  /** Times of a registration that is otherwise unchanged. An unknown id is ignored. */
  refresh(id: string, lastSeenAt: number, expiresAt: number): void;
  /** Removes the registration with its observations. An unknown id is no error. */
  remove(id: string, done: (error?: Error) => void): void;
  saveObservation(observation: StoredObservation): void;
  removeObservation(token: string): void;
  /** Resolves once everything written before it is safe. */
  flush(): Promise<void>;
}
