import type { QueuedRequest } from "./queued-request.ts";
import type { QueuedRequestStore } from "./queued-request-store.ts";

/** Keeps queued requests in memory, for tests and simulation: as text, so that nothing gets in that could not be stored. */
export class MemoryQueuedRequestStore implements QueuedRequestStore {
  readonly #byId = new Map<string, string>();

  load(account: string): Promise<readonly QueuedRequest[]> {
    const all = [...this.#byId.values()].map((text) => JSON.parse(text) as QueuedRequest);
    return Promise.resolve(
      all.filter((request) => request.account === account).sort((a, b) => a.position - b.position),
    );
  }

  save(request: QueuedRequest): Promise<void> {
    this.#byId.set(request.id, JSON.stringify(request));
    return Promise.resolve();
  }

  remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#byId.delete(id);
    return Promise.resolve();
  }
}
