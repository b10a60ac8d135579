import { expect, test } from "vitest";
import { defaultGate, specDefaults } from "./campaign.ts";
import type { CampaignStore, JobChange, NewCampaign } from "./campaign-store.ts";
import type { Job, JobState } from "./job.ts";

/** A store to try, with the lights and the package that a database wants to know first; closed after the test. */
export interface StoreUnderTest {
  readonly store: CampaignStore;
  /** Makes lights known, where the store insists on knowing them. */
  addDevices(devices: readonly { id: string; endpoint: string }[]): Promise<void>;
  readonly packageId: string;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

const at = Date.UTC(2030, 0, 1);

function campaign(id: string, packageId: string, lights: number, skipped = 0): NewCampaign {
  return {
    id,
    name: `Campaign ${id}`,
    createdBy: "tester",
    at,
    spec: {
      packageId,
      target: { kind: "query", query: {} },
      waves: [
        { name: "First", percent: 50, gate: defaultGate },
        { name: "Rest", percent: 50, gate: defaultGate },
      ],
      ...specDefaults,
    },
    waves: [
      { ordinal: 0, name: "First", total: Math.ceil(lights / 2) },
      { ordinal: 1, name: "Rest", total: Math.floor(lights / 2) },
    ],
    targets: Array.from({ length: lights }, (_, index) => ({
      jobId: `${id}-job-${index}`,
      deviceId: `device-${index}`,
      endpoint: `light-${index}`,
      waveOrdinal: index % 2,
      expectedVersion: "2.0.0",
      fromVersion: "1.0.0",
      ...(index < skipped && { skipReason: "already-current" as const }),
    })),
  };
}

function move(job: Job, state: JobState, more: Partial<Job> = {}): JobChange {
  return { job: { ...job, state, ...more }, from: job.state, at: at + 1_000, actor: "system", message: `to ${state}` };
}

/** The laws of {@link CampaignStore}. Every implementation runs them. */
export function campaignStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  async function withCampaign(lights: number, skipped = 0) {
    const under = await open();
    await under.addDevices(
      Array.from({ length: lights }, (_, index) => ({ id: `device-${index}`, endpoint: `light-${index}` })),
    );
    await under.store.create(campaign("one", under.packageId, lights, skipped));
    return under;
  }
  const all = (store: CampaignStore, id = "one") => store.jobs({ campaignId: id, limit: 1_000 });
  /** Lets planned jobs into the queue, from where alone they can be started. */
  async function queue(store: CampaignStore, jobs: readonly Job[]): Promise<readonly Job[]> {
    const outcomes = await store.moveJobs(jobs.map((job) => move(job, "queued", { waitReason: "slot" })));
    return outcomes.map((outcome) => {
      if (outcome.kind !== "stored") throw new Error(`not queued: ${outcome.kind}`);
      return outcome.job;
    });
  }
  async function countersAddUp(store: CampaignStore, id = "one"): Promise<void> {
    const stored = await store.find(id);
    for (const wave of stored?.waves ?? []) {
      const sum = Object.values(wave.counters).reduce((total, lights) => total + lights, 0);
      expect(sum, `wave ${wave.ordinal}`).toBe(wave.total);
    }
    for (const job of await all(store, id)) {
      expect(stored?.waves[job.waveOrdinal]?.counters[job.state] ?? 0).toBeGreaterThan(0);
    }
  }

  test(`${name}: a campaign is kept as it was written, its targets planned or skipped`, async () => {
    await using under = await withCampaign(6, 2);
    const stored = await under.store.find("one");
    expect(stored).toMatchObject({ id: "one", state: "draft", createdBy: "tester" });
    expect(stored?.spec.retry).toEqual(specDefaults.retry);
    expect(stored?.waves.map(({ counters }) => counters)).toEqual([
      { planned: 2, skipped: 1 },
      { planned: 2, skipped: 1 },
    ]);
    expect(await under.store.find("none")).toBeUndefined();
  });

  test(`${name}: counters move with the jobs, in every state`, async () => {
    await using under = await withCampaign(8);
    const states: JobState[] = [
      "queued",
      "preparing",
      "downloading",
      "downloaded",
      "installing",
      "awaiting-return",
      "verifying",
      "succeeded",
    ];
    for (const state of states) {
      const jobs = await all(under.store);
      const outcomes = await under.store.moveJobs(jobs.map((job) => move(job, state)));
      expect(outcomes.every(({ kind }) => kind === "stored")).toBe(true);
      await countersAddUp(under.store);
    }
    expect((await under.store.find("one"))?.waves[0]?.counters).toEqual({ succeeded: 4 });
  });

  test(`${name}: a change with an old fence is refused alone`, async () => {
    await using under = await withCampaign(4);
    const jobs = await all(under.store);
    const [first, second] = jobs as [Job, Job];
    await under.store.moveJobs([move(first, "queued")]);
    const outcomes = await under.store.moveJobs([move(first, "queued"), move(second, "queued")]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["stale", "stored"]);
    await countersAddUp(under.store);
  });

  test(`${name}: the stored job comes back with its next fence and all its facts`, async () => {
    await using under = await withCampaign(2);
    const [job] = (await all(under.store)) as [Job];
    const facts = {
      attempt: 1,
      deadlineAt: at + 60_000,
      nextAttemptAt: at + 5_000,
      waitReason: "backoff" as const,
      failureCode: "connection-lost" as const,
      detail: "The link broke.",
      bytesDone: 1_024,
      executeIntended: true,
      staleResult: 5,
      delivery: "pull" as const,
      node: "node-1",
    };
    const [outcome] = await under.store.moveJobs([move(job, "queued", facts)]);
    if (outcome?.kind !== "stored") throw new Error("not stored");
    expect(outcome.job).toMatchObject({ ...facts, fence: job.fence + 1, state: "queued" });
    const again = (await all(under.store)).find(({ id }) => id === job.id);
    expect(again).toEqual(outcome.job);
    // What is absent in a later change is absent in the store.
    const { waitReason: _w, nextAttemptAt: _n, failureCode: _f, detail: _d, ...cleared } = outcome.job;
    await under.store.moveJobs([move(cleared, "preparing")]);
    const cleaned = (await all(under.store)).find(({ id }) => id === job.id);
    expect(cleaned).not.toHaveProperty("waitReason");
    expect(cleaned).not.toHaveProperty("nextAttemptAt");
  });

  test(`${name}: a light has one active job over all campaigns; the loser alone is refused`, async () => {
    await using under = await withCampaign(4);
    await under.store.create(campaign("two", under.packageId, 4));
    const byDevice = (jobs: readonly Job[]) => [...jobs].sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
    const ones = byDevice(await queue(under.store, await all(under.store, "one")));
    const twos = byDevice(await queue(under.store, await all(under.store, "two")));
    await under.store.moveJobs([move(ones[0] as Job, "preparing")]);
    const outcomes = await under.store.moveJobs([move(twos[0] as Job, "preparing"), move(twos[1] as Job, "preparing")]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["device-busy", "stored"]);
    expect((await under.store.activeJobOf("device-0"))?.campaignId).toBe("one");
    expect((await under.store.activeJobOf("device-1"))?.campaignId).toBe("two");
    expect(await under.store.activeJobOf("device-2")).toBeUndefined();
    const [holder] = (await all(under.store, "one")).filter(({ deviceId }) => deviceId === "device-0");
    await under.store.moveJobs([move(holder as Job, "succeeded")]);
    expect(await under.store.activeJobOf("device-0")).toBeUndefined();
    await countersAddUp(under.store, "two");
  });

  test(`${name}: of each light the last end counts, and only lost and updated ones are named`, async () => {
    await using under = await withCampaign(3);
    await under.store.create(campaign("two", under.packageId, 3));
    const end = async (id: string, light: number, state: JobState, later: number) => {
      const job = (await all(under.store, id)).find(({ deviceId }) => deviceId === `device-${light}`) as Job;
      const [queued] = await queue(under.store, [job]);
      let last = queued as Job;
      for (const next of ["preparing", state] as const) {
        const [outcome] = await under.store.moveJobs([{ ...move(last, next), at: at + later }]);
        if (outcome?.kind !== "stored") throw new Error("not stored");
        last = outcome.job;
      }
    };
    await end("one", 0, "succeeded", 10_000);
    await end("one", 1, "succeeded", 11_000);
    await end("one", 2, "succeeded", 12_000);
    await end("two", 1, "failed", 13_000);
    await end("two", 2, "succeeded", 14_000);
    expect((await under.store.endedLast(10)).map(({ id }) => id)).toEqual(["two-job-2", "one-job-0"]);
    expect((await under.store.endedLast(1)).map(({ id }) => id)).toEqual(["two-job-2"]);
  });

  test(`${name}: what a person accepted is kept, through pauses and resumptions`, async () => {
    await using under = await withCampaign(2);
    expect((await under.store.find("one"))?.accepted).toEqual({ failures: 0, lost: 0 });
    await under.store.accept("one", { failures: 3, lost: 1 });
    const by = { campaignId: "one", at, actor: "tester" };
    await under.store.moveCampaign({ ...by, from: "draft", to: "running" });
    expect((await under.store.unfinished())[0]?.accepted).toEqual({ failures: 3, lost: 1 });
  });

  test(`${name}: two jobs of one light in one batch: only one becomes active`, async () => {
    await using under = await withCampaign(2);
    await under.store.create(campaign("two", under.packageId, 2));
    const of = async (id: string) => {
      const job = (await all(under.store, id)).find(({ deviceId }) => deviceId === "device-0") as Job;
      return (await queue(under.store, [job]))[0] as Job;
    };
    const outcomes = await under.store.moveJobs([
      move(await of("one"), "preparing"),
      move(await of("two"), "preparing"),
    ]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["device-busy", "stored"]);
  });

  test(`${name}: jobs are found by state, wave and due time`, async () => {
    await using under = await withCampaign(6);
    const jobs = await all(under.store);
    await under.store.moveJobs([
      move(jobs[0] as Job, "queued", { nextAttemptAt: at + 10_000 }),
      move(jobs[1] as Job, "queued", { nextAttemptAt: at + 90_000 }),
      move(jobs[2] as Job, "queued"),
    ]);
    const due = await under.store.jobs({ campaignId: "one", states: ["queued"], dueBy: at + 20_000, limit: 10 });
    expect(due.map(({ id }) => id).sort()).toEqual([jobs[0]?.id, jobs[2]?.id].sort());
    const first = await under.store.jobs({ campaignId: "one", waveOrdinal: 0, limit: 10 });
    expect(first.every(({ waveOrdinal }) => waveOrdinal === 0)).toBe(true);
    expect(await under.store.jobs({ campaignId: "one", limit: 2 })).toHaveLength(2);
  });

  test(`${name}: a campaign moves only from the state it is in`, async () => {
    await using under = await withCampaign(2);
    const { store } = under;
    const change = { campaignId: "one", at: at + 1, actor: "tester" } as const;
    expect(await store.unfinished()).toEqual([]);
    expect(await store.moveCampaign({ ...change, from: "draft", to: "running" })).toBe(true);
    expect(await store.moveCampaign({ ...change, from: "draft", to: "running" })).toBe(false);
    expect((await store.unfinished()).map(({ id }) => id)).toEqual(["one"]);
    await store.moveCampaign({
      ...change,
      from: "running",
      to: "paused",
      pauseReason: "operator",
      detail: "By tester.",
    });
    expect(await store.find("one")).toMatchObject({
      state: "paused",
      pauseReason: "operator",
      stateDetail: "By tester.",
      startedAt: at + 1,
    });
    await store.moveCampaign({ ...change, from: "paused", to: "running" });
    expect(await store.find("one")).not.toHaveProperty("pauseReason");
    await store.moveCampaign({ ...change, from: "running", to: "completed", outcome: "clean" });
    expect(await store.find("one")).toMatchObject({ outcome: "clean", finishedAt: at + 1 });
    expect(await store.unfinished()).toEqual([]);
  });

  test(`${name}: a wave moves only from the state it is in`, async () => {
    await using under = await withCampaign(2);
    const change = { campaignId: "one", ordinal: 0, at: at + 1, actor: "system" } as const;
    expect(await under.store.moveWave({ ...change, from: "pending", to: "active" })).toBe(true);
    expect(await under.store.moveWave({ ...change, from: "pending", to: "active" })).toBe(false);
    await under.store.moveWave({
      ...change,
      from: "active",
      to: "held",
      heldReason: "failed",
      evaluation: { verdict: "6 of 100 failed", inputs: { failed: 6 } },
    });
    expect((await under.store.find("one"))?.waves[0]).toMatchObject({
      state: "held",
      heldReason: "failed",
      startedAt: at + 1,
    });
    await under.store.moveWave({ ...change, from: "held", to: "passed" });
    const wave = (await under.store.find("one"))?.waves[0];
    expect(wave).toMatchObject({ state: "passed", finishedAt: at + 1 });
    expect(wave).not.toHaveProperty("heldReason");
  });
}
