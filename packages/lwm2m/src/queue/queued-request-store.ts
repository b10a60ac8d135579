import type { QueuedRequest } from "./queued-request.ts";

/**
 * Keeps the queues of sleeping devices beyond our own life. A call that rejects changed nothing.
 *
 * A request belongs to an account and an endpoint, not to a registration: it outlives that one.
 */
export interface QueuedRequestStore {
  /** All requests of an account, ended ones too, by position. */
  load(account: string): Promise<readonly QueuedRequest[]>;
  /** Adds a request, or replaces the one of the same id. Resolves once it is safe. */
  save(request: QueuedRequest): Promise<void>;
  /** Forgets requests. An unknown id is no error. */
  remove(ids: readonly string[]): Promise<void>;
}
