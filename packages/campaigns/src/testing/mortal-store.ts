import type { CampaignStore, JobChange, JobOutcome } from "../campaign-store.ts";

/** How a connection to the store may fail. */
export interface Mortality {
  /** Waits a little, so that a kill can fall between what is asked and what is done, and between that and the answer. */
  readonly passing: () => Promise<void>;
  /** Whether the database fails this time: before it stored anything, or after it stored all. */
  readonly fails: () => "before" | "after" | undefined;
}

/** A store as one server process sees it: when the process is killed, nothing it asks is done or answered any more. */
export function mortalStore(store: CampaignStore, { passing, fails }: Mortality) {
  let isDead = false;
  const alive = async <T>(act: () => Promise<T>): Promise<T> => {
    if (isDead) return new Promise<T>(() => {});
    const value = await act();
    return isDead ? new Promise<T>(() => {}) : value;
  };
  const mortal: CampaignStore = {
    create: (campaign) => alive(() => store.create(campaign)),
    find: (id) => alive(() => store.find(id)),
    unfinished: () => alive(() => store.unfinished()),
    jobs: (filter) => alive(() => store.jobs(filter)),
    activeJobOf: (id) => alive(() => store.activeJobOf(id)),
    endedLast: (limit) => alive(() => store.endedLast(limit)),
    accept: (id, accepted) => alive(() => store.accept(id, accepted)),
    moveCampaign: (change) => alive(() => store.moveCampaign(change)),
    moveWave: (change) => alive(() => store.moveWave(change)),
    async moveJobs(changes: readonly JobChange[]): Promise<readonly JobOutcome[]> {
      await alive(passing);
      const failure = fails();
      if (failure === "before") throw new Error("the database is away");
      const outcomes = await alive(() => store.moveJobs(changes));
      if (failure === "after") throw new Error("the database went away after it stored");
      await alive(passing);
      return outcomes;
    },
  };
  return {
    store: mortal,
    kill() {
      isDead = true;
    },
  };
}
