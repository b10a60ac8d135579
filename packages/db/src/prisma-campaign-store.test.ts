import { type CampaignSpec, defaultGate, specDefaults } from "@lamplighter/campaigns/campaign";
import type { JobChange } from "@lamplighter/campaigns/campaign-store";
import { activeJobStates, type Job, type JobState } from "@lamplighter/campaigns/job";
import { seeded } from "@lamplighter/runtime/random";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PrismaCampaignStore } from "./prisma-campaign-store.ts";
import { openTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
let store: PrismaCampaignStore;
beforeAll(async () => {
  database = await openTestDatabase();
  store = new PrismaCampaignStore({ pool: database.pool });
  const { prisma } = database;
  await prisma.blob.create({ data: { sha256: "00", bytes: 1 } });
  await prisma.package.create({
    data: {
      id: "package",
      name: "Firmware",
      version: "2.0.0",
      fileName: "a.bin",
      format: "opaque",
      sha256: "00",
      bytes: 1,
      createdBy: "me",
    },
  });
  const lights = Array.from({ length: 3_000 }, (_, i) => ({ id: `light-${i}`, endpoint: `lamp-${i}` }));
  await prisma.device.createMany({ data: lights });
});
afterAll(() => database.close());

const spec: CampaignSpec = {
  ...specDefaults,
  packageId: "package",
  target: { kind: "devices", deviceIds: [] },
  waves: [{ name: "All", percent: 100, gate: defaultGate }],
};

let campaigns = 0;
/** Writes a campaign for the lights `from` to `to`; its jobs are named `<campaign>/<light>`. */
async function write(from: number, to: number, skipped = 0): Promise<string> {
  const id = `campaign-${++campaigns}`;
  const targets = Array.from({ length: to - from }, (_, i) => ({
    jobId: `${id}/${from + i}`,
    deviceId: `light-${from + i}`,
    endpoint: `lamp-${from + i}`,
    waveOrdinal: 0,
    expectedVersion: "2.0.0",
    ...(i < skipped ? { skipReason: "incompatible" as const } : {}),
  }));
  const waves = [{ ordinal: 0, name: "All", total: to - from }];
  await store.create({ id, name: `Name ${id}`, spec, createdBy: "me", at: 1_000, waves, targets });
  return id;
}

const change = (job: Job, to: JobState, extra: Partial<Job> = {}): JobChange => ({
  job: { ...job, state: to, ...extra },
  from: job.state,
  at: 2_000,
  actor: "system",
  message: `now ${to}`,
});

async function oneJob(campaignId: string): Promise<Job> {
  const job = (await store.jobs({ campaignId, limit: 1 }))[0];
  if (job === undefined) throw new Error("no job");
  return job;
}

async function countersOf(campaignId: string): Promise<Record<string, number>> {
  return { ...((await store.find(campaignId))?.waves[0]?.counters ?? {}) };
}

async function truthOf(campaignId: string): Promise<Record<string, number>> {
  const rows = await database.prisma.job.groupBy({ by: ["state"], where: { campaignId }, _count: true });
  return Object.fromEntries(rows.map((row) => [row.state, row._count]));
}

describe("the campaign store", () => {
  it("writes thousands of targets at once, with their counters", async () => {
    const id = await write(0, 3_000, 5);
    const campaign = await store.find(id);
    expect(campaign).toMatchObject({ id, state: "draft", createdBy: "me", createdAt: 1_000, spec });
    expect(campaign?.waves).toEqual([
      { ordinal: 0, name: "All", state: "pending", total: 3_000, counters: { planned: 2_995, skipped: 5 } },
    ]);
    expect(await store.jobs({ campaignId: id, states: ["skipped"], limit: 100 })).toHaveLength(5);
    expect(await store.find("nobody")).toBeUndefined();
  });

  it("is stopped by no campaign half written", async () => {
    const bad = { jobId: "x", deviceId: "no-such-light", endpoint: "x", waveOrdinal: 0, expectedVersion: "1" };
    const writing = store.create({ id: "half", name: "Half", spec, createdBy: "me", at: 1, waves: [], targets: [bad] });
    await expect(writing).rejects.toThrow(/foreign key/);
    expect(await store.find("half")).toBeUndefined();
  });

  it("moves a campaign for the first who asks, and tells what happened", async () => {
    const id = await write(0, 1);
    const start = { campaignId: id, from: "draft", to: "running", at: 5_000, actor: "anna" } as const;
    expect((await Promise.all([store.moveCampaign(start), store.moveCampaign(start)])).sort()).toEqual([false, true]);
    const pause = {
      campaignId: id,
      from: "running",
      to: "paused",
      at: 6_000,
      actor: "system",
      pauseReason: "lost",
    } as const;
    expect(await store.moveCampaign({ ...pause, detail: "3 lights were lost" })).toBe(true);
    expect(await store.find(id)).toMatchObject({ state: "paused", pauseReason: "lost", startedAt: 5_000 });
    expect((await store.unfinished()).map((campaign) => campaign.id)).toContain(id);
    const events = await database.prisma.event.findMany({ where: { campaignId: id }, orderBy: { seq: "asc" } });
    expect(events.map((event) => event.kind)).toEqual(["campaign.created", "campaign.started", "campaign.paused"]);
    expect(events[2]?.message).toBe("3 lights were lost");
  });

  it("moves a wave together with what its gate saw", async () => {
    const id = await write(0, 1);
    const move = { campaignId: id, ordinal: 0, at: 7_000, actor: "system" } as const;
    expect(await store.moveWave({ ...move, from: "active", to: "held" })).toBe(false);
    expect(await store.moveWave({ ...move, from: "pending", to: "active" })).toBe(true);
    const evaluation = { verdict: "failed", inputs: { failed: 3, total: 10 } };
    expect(await store.moveWave({ ...move, from: "active", to: "held", heldReason: "failed", evaluation })).toBe(true);
    expect((await store.find(id))?.waves[0]).toMatchObject({ state: "held", heldReason: "failed", startedAt: 7_000 });
    expect(await database.prisma.gateEvaluation.findFirst({ where: { campaignId: id } })).toMatchObject(evaluation);
  });

  it("refuses a stale change and a busy light alone, and stores the rest of the batch", async () => {
    const first = await write(10, 14);
    const second = await write(10, 14);
    const [a, b, c, d] = await store.jobs({ campaignId: first, limit: 10 });
    const rival = (await store.jobs({ campaignId: second, limit: 10 })).find((job) => job.deviceId === a!.deviceId)!;
    const outcomes = await store.moveJobs([
      change(a!, "preparing", { attempt: 1 }),
      change(rival, "preparing", { attempt: 1 }),
      change({ ...b!, fence: 9 }, "queued"),
      change(c!, "queued", { waitReason: "slot" }),
      change({ ...d!, id: "unknown" }, "queued"),
    ]);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(["stored", "device-busy", "stale", "stored", "stale"]);
    expect(outcomes[0]).toMatchObject({ job: { state: "preparing", fence: 1, updatedAt: 2_000 } });
    expect(await countersOf(first)).toEqual({ preparing: 1, queued: 1, planned: 2 });
    expect(await countersOf(second)).toEqual({ planned: 4 });
    expect((await store.activeJobOf(a!.deviceId))?.id).toBe(a!.id);

    // The light is let go and taken by the other campaign in one batch.
    const moved = outcomes[0]?.kind === "stored" ? outcomes[0].job : a!;
    const next = await store.moveJobs([change(moved, "succeeded"), change(rival, "preparing", { attempt: 1 })]);
    expect(next.map((outcome) => outcome.kind)).toEqual(["stored", "stored"]);
    expect((await store.activeJobOf(a!.deviceId))?.id).toBe(rival.id);
  });

  it("lets one of two writers take a light at one moment", async () => {
    const ids = [await write(20, 21), await write(20, 21)];
    const jobs = await Promise.all(ids.map(oneJob));
    const outcomes = await Promise.all(jobs.map((job) => store.moveJobs([change(job, "preparing", { attempt: 1 })])));
    expect(
      outcomes
        .flat()
        .map((outcome) => outcome.kind)
        .sort(),
    ).toEqual(["device-busy", "stored"]);
  });

  it("keeps each attempt with its beginning, its end and its reason", async () => {
    const id = await write(30, 31);
    const move = async (to: JobState, at: number, extra: Partial<Job> = {}) => {
      const moved = await store.moveJobs([{ ...change(await oneJob(id), to, extra), at }]);
      expect(moved[0]?.kind).toBe("stored");
    };
    await move("queued", 1);
    await move("preparing", 10, { attempt: 1 });
    await move("downloading", 20, { bytesDone: 512 });
    await move("queued", 30, { failureCode: "connection-lost", waitReason: "backoff" });
    await move("preparing", 40, { attempt: 2 });
    await move("failed", 50, { failureCode: "integrity" });
    const attempts = await database.prisma.attempt.findMany({
      where: { jobId: `${id}/30` },
      orderBy: { number: "asc" },
    });
    expect(
      attempts.map((a) => [a.number, +a.startedAt, a.finishedAt && +a.finishedAt, a.finalState, a.failureCode]),
    ).toEqual([
      [1, 10, 30, "failed", "connection-lost"],
      [2, 40, 50, "failed", "integrity"],
    ]);
    const events = await database.prisma.event.findMany({ where: { jobId: `${id}/30` }, orderBy: { seq: "asc" } });
    expect(events.map((event) => event.message)).toEqual(
      ["queued", "preparing", "downloading", "queued", "preparing", "failed"].map((s) => `now ${s}`),
    );
  });

  it("finds what is due", async () => {
    const id = await write(40, 43);
    const [a, b] = await store.jobs({ campaignId: id, limit: 10 });
    await store.moveJobs([change(a!, "queued", { nextAttemptAt: 9_000 }), change(b!, "queued")]);
    const due = (dueBy: number) => store.jobs({ campaignId: id, states: ["queued"], dueBy, limit: 10 });
    expect((await due(8_999)).map((job) => job.id)).toEqual([b!.id]);
    expect(await due(9_000)).toHaveLength(2);
  });

  it("counts exactly what is there after any sequence of moves, by several writers", async () => {
    const states: readonly JobState[] = ["planned", "queued", ...activeJobStates, "succeeded", "failed", "lost"];
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const random = seeded(seed);
        const ids = [await write(100, 130), await write(110, 140)];
        const writer = async () => {
          for (let round = 0; round < 4; round++) {
            const jobs = (await Promise.all(ids.map((campaignId) => store.jobs({ campaignId, limit: 100 })))).flat();
            const some = jobs.filter(() => random.next() < 0.5);
            await store.moveJobs(
              some.map((job) => change(job, states[Math.floor(random.next() * states.length)]!, { attempt: 1 })),
            );
          }
        };
        await Promise.all([writer(), writer()]);
        for (const id of ids) expect(await countersOf(id)).toEqual(await truthOf(id));
        const twice = await database.pool.query(
          `SELECT "deviceId" FROM "Job" WHERE "state" = ANY($1) GROUP BY 1 HAVING count(*) > 1`,
          [activeJobStates],
        );
        expect(twice.rows).toEqual([]);
        await database.pool.query(`DELETE FROM "Campaign" WHERE "id" = ANY($1)`, [ids]);
      }),
      { numRuns: 5 },
    );
  });
});
