import type { Log } from "@lamplighter/runtime/log";
import type { BootstrapRecord, BootstrapStore } from "./store.ts";

/** Records being written at once. Beyond, a further one is dropped and counted. */
export const recordingsMax = 1_024;

/** Writes down how bootstraps ended. Never throws and keeps nobody waiting; what cannot be stored is logged. */
export class BootstrapHistory {
  readonly #store: Pick<BootstrapStore, "record">;
  readonly #log: Log;
  readonly #recordings = new Set<Promise<void>>();
  #dropped = 0;

  constructor({ store, log }: { readonly store: Pick<BootstrapStore, "record">; readonly log: Log }) {
    this.#store = store;
    this.#log = log;
  }

  /** Not written, for {@link recordingsMax} were being written. Grows only. */
  get dropped(): number {
    return this.#dropped;
  }

  keep(record: BootstrapRecord): void {
    if (this.#recordings.size >= recordingsMax) {
      this.#dropped++;
      return;
    }
    const recording = this.#store
      .record(record)
      .catch((error: unknown) => {
        this.#log.error("a bootstrap could not be recorded", { endpoint: record.endpoint, error });
      })
      .finally(() => this.#recordings.delete(recording));
    this.#recordings.add(recording);
  }

  /** Resolves when all that was kept so far is written. */
  async settled(): Promise<void> {
    await Promise.all(this.#recordings);
  }
}
