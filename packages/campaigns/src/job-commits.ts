import type { CampaignStore, JobChange, JobOutcome } from "./campaign-store.ts";

/** Changes that go into one transaction at most. The next ones wait for the next. */
export const commitBatchMax = 500;

interface Waiting {
  readonly change: JobChange;
  readonly resolve: (outcome: JobOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers the changes of many jobs into few transactions: all that come while one is being written go into the next.
 * Bounded by the number of jobs, since a job waits for its change before it makes another.
 */
export class JobCommits {
  readonly #store: CampaignStore;
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(store: CampaignStore) {
    this.#store = store;
  }

  /** Stores one change. Rejects when the database does; the change is then not stored. */
  commit(change: JobChange): Promise<JobOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      if (!this.#isWriting) {
        this.#isWriting = true;
        queueMicrotask(() => void this.#write());
      }
    });
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, commitBatchMax);
      try {
        const outcomes = await this.#store.moveJobs(batch.map(({ change }) => change));
        for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index] ?? { kind: "stale" });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isWriting = false;
  }
}
