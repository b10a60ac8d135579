import type { CampaignState } from "@lamplighter/campaigns/campaign";
import type {
  Accepted,
  CampaignChange,
  CampaignStore,
  JobChange,
  JobFilter,
  JobOutcome,
  NewCampaign,
  StoredCampaign,
  WaveChange,
} from "@lamplighter/campaigns/campaign-store";
import { activeJobStates, endedByLight, type Job, type JobState } from "@lamplighter/campaigns/job";
import type pg from "pg";
import { appendEvents } from "./append-events.ts";
import { loadCampaigns } from "./campaign-rows.ts";
import { canonicalJson, sha256 } from "./canonical-json.ts";
import { type AttemptChange, type BatchSnapshot, type CounterChange, judgeBatch } from "./job-batch.ts";
import { insertJobs, type JobRow, jobColumns, toJob, updateJobs } from "./job-rows.ts";
import { toInstant } from "./postgres-types.ts";
import { inTransaction } from "./transaction.ts";

/** Job changes in one transaction. More are split, so that no transaction holds its locks for long. */
const changesMax = 1_000;
const targetsMax = 5_000;

/** Keeps campaigns in PostgreSQL. Every method is one transaction (`moveJobs` one per thousand changes). */
export class PrismaCampaignStore implements CampaignStore {
  readonly #pool: pg.Pool;

  constructor({ pool }: { readonly pool: pg.Pool }) {
    this.#pool = pool;
  }

  async create(campaign: NewCampaign): Promise<void> {
    const { spec, at } = campaign;
    const text = canonicalJson(spec);
    const hash = sha256(text);
    await inTransaction(this.#pool, async (client) => {
      await client.query(
        `INSERT INTO "CampaignSpec" ("sha256", "spec", "createdAt") VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
        [hash, text, toInstant(at)],
      );
      await client.query(
        `INSERT INTO "Campaign" ("id", "name", "specSha256", "packageId", "state", "createdBy", "createdAt", "startAt")
         VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7)`,
        [campaign.id, campaign.name, hash, spec.packageId, campaign.createdBy, toInstant(at), startOf(spec.startAt)],
      );
      await client.query(
        `INSERT INTO "Wave" ("campaignId", "ordinal", "name", "state", "total")
         SELECT $1, n.ordinal, n.name, 'pending', n.total FROM unnest($2::int[], $3::text[], $4::int[]) AS n(ordinal, name, total)`,
        [
          campaign.id,
          campaign.waves.map((wave) => wave.ordinal),
          campaign.waves.map((wave) => wave.name),
          campaign.waves.map((wave) => wave.total),
        ],
      );
      for (let from = 0; from < campaign.targets.length; from += targetsMax) {
        const part = campaign.targets.slice(from, from + targetsMax);
        const column = <T>(pick: (target: (typeof part)[number]) => T): T[] => part.map(pick);
        await client.query(insertJobs, [
          campaign.id,
          column((target) => target.jobId),
          column((target) => target.waveOrdinal),
          column((target) => target.deviceId),
          column((target) => target.endpoint),
          column((target) => (target.skipReason === undefined ? "planned" : "skipped")),
          column((target) => target.skipReason ?? null),
          column((target) => target.fromVersion ?? null),
          column((target) => target.expectedVersion),
          column(() => toInstant(at)),
        ]);
      }
      await client.query(
        `INSERT INTO "Counter" ("campaignId", "waveOrdinal", "state", "lights")
         SELECT "campaignId", "waveOrdinal", "state", count(*) FROM "Job" WHERE "campaignId" = $1 GROUP BY 1, 2, 3`,
        [campaign.id],
      );
      const event = {
        at,
        actor: campaign.createdBy,
        kind: "campaign.created",
        campaignId: campaign.id,
        message: `Campaign "${campaign.name}" was written for ${campaign.targets.length} lights`,
      };
      await appendEvents(client, [event]);
    });
  }

  async find(campaignId: string): Promise<StoredCampaign | undefined> {
    return (await loadCampaigns(this.#pool, { id: campaignId }))[0];
  }

  async unfinished(): Promise<readonly StoredCampaign[]> {
    return await loadCampaigns(this.#pool, { states: ["scheduled", "running", "paused", "cancelling"] });
  }

  async jobs(filter: JobFilter): Promise<readonly Job[]> {
    const { rows } = await this.#pool.query<JobRow>(
      `SELECT * FROM "Job" WHERE "campaignId" = $1 AND ($2::text[] IS NULL OR "state" = ANY($2))
         AND ($3::int IS NULL OR "waveOrdinal" = $3)
         AND ($4::timestamp IS NULL OR "nextAttemptAt" IS NULL OR "nextAttemptAt" <= $4)
       ORDER BY "updatedAt", "id" LIMIT $5`,
      [filter.campaignId, filter.states ?? null, filter.waveOrdinal ?? null, toInstant(filter.dueBy), filter.limit],
    );
    return rows.map(toJob);
  }

  async activeJobOf(deviceId: string): Promise<Job | undefined> {
    const { rows } = await this.#pool.query<JobRow>(
      `SELECT * FROM "Job" WHERE "deviceId" = $1 AND "state" IN (${activeList})`,
      [deviceId],
    );
    return rows[0] === undefined ? undefined : toJob(rows[0]);
  }

  async endedLast(limit: number): Promise<readonly Job[]> {
    const { rows } = await this.#pool.query<JobRow>(
      `SELECT * FROM (
         SELECT DISTINCT ON ("deviceId") * FROM "Job" WHERE "state" IN (${endedList})
         ORDER BY "deviceId", "updatedAt" DESC, "id") AS last
       WHERE "state" IN ('lost', 'succeeded') ORDER BY "updatedAt" DESC, "id" LIMIT $1`,
      [limit],
    );
    return rows.map(toJob);
  }

  async accept(campaignId: string, { failures, lost }: Accepted): Promise<void> {
    await this.#pool.query(`UPDATE "Campaign" SET "acceptedFailures" = $2, "acceptedLost" = $3 WHERE "id" = $1`, [
      campaignId,
      failures,
      lost,
    ]);
  }

  async moveCampaign(change: CampaignChange): Promise<boolean> {
    const { campaignId, from, to, at, actor } = change;
    return await inTransaction(this.#pool, async (client) => {
      const { rowCount } = await client.query(
        `UPDATE "Campaign" SET "state" = $3, "pauseReason" = $4, "stateDetail" = $5, "outcome" = $6,
           "startedAt" = CASE WHEN $3 = 'running' THEN COALESCE("startedAt", $7) ELSE "startedAt" END,
           "finishedAt" = CASE WHEN $3 IN ('completed', 'cancelled', 'expired') THEN $7::timestamp END
         WHERE "id" = $1 AND "state" = $2`,
        [
          campaignId,
          from,
          to,
          change.pauseReason ?? null,
          change.detail ?? null,
          change.outcome ?? null,
          toInstant(at),
        ],
      );
      if (rowCount !== 1) return false;
      const reason = change.pauseReason === undefined ? "" : ` (${change.pauseReason})`;
      const event = {
        at,
        actor,
        kind: `campaign.${verbOf(from, to)}`,
        campaignId,
        message: change.detail ?? `The campaign went from ${from} to ${to}${reason}`,
        data: { from, to, ...(change.pauseReason === undefined ? {} : { pauseReason: change.pauseReason }) },
      };
      await appendEvents(client, [event]);
      return true;
    });
  }

  async moveWave(change: WaveChange): Promise<boolean> {
    const { campaignId, ordinal, from, to, at, actor, evaluation } = change;
    return await inTransaction(this.#pool, async (client) => {
      const { rowCount } = await client.query(
        `UPDATE "Wave" SET "state" = $4, "heldReason" = $5,
           "startedAt" = CASE WHEN $4 = 'active' THEN COALESCE("startedAt", $6) ELSE "startedAt" END,
           "finishedAt" = CASE WHEN $4 = 'passed' THEN $6::timestamp END
         WHERE "campaignId" = $1 AND "ordinal" = $2 AND "state" = $3`,
        [campaignId, ordinal, from, to, change.heldReason ?? null, toInstant(at)],
      );
      if (rowCount !== 1) return false;
      if (evaluation !== undefined) {
        await client.query(
          `INSERT INTO "GateEvaluation" ("id", "campaignId", "waveOrdinal", "verdict", "inputs", "at")
           VALUES (gen_random_uuid()::text, $1, $2, $3, $4, $5)`,
          [campaignId, ordinal, evaluation.verdict, JSON.stringify(evaluation.inputs), toInstant(at)],
        );
      }
      const reason = change.heldReason === undefined ? "" : ` (${change.heldReason})`;
      const event = {
        at,
        actor,
        kind: `wave.${to}`,
        campaignId,
        message: `Wave ${ordinal + 1} went from ${from} to ${to}${reason}`,
        data: { ordinal, from, to, ...(evaluation === undefined ? {} : { evaluation }) },
      };
      await appendEvents(client, [event]);
      return true;
    });
  }

  async moveJobs(changes: readonly JobChange[]): Promise<readonly JobOutcome[]> {
    const outcomes: JobOutcome[] = [];
    for (let from = 0; from < changes.length; from += changesMax) {
      const part = changes.slice(from, from + changesMax);
      outcomes.push(...(await inTransaction(this.#pool, (client) => moveBatch(client, part))));
    }
    return outcomes;
  }
}

const activeList = activeJobStates.map((state) => `'${state}'`).join(", ");
const endedList = endedByLight.map((state) => `'${state}'`).join(", ");
const activeStates: ReadonlySet<JobState> = new Set(activeJobStates);

async function moveBatch(client: pg.PoolClient, changes: readonly JobChange[]): Promise<readonly JobOutcome[]> {
  const verdict = judgeBatch(changes, await lockBatch(client, changes));
  // Lights are let go before they are taken, or the index that allows one active job would see two.
  const taking = verdict.jobs.filter((job) => activeStates.has(job.state));
  const lettingGo = verdict.jobs.filter((job) => !activeStates.has(job.state));
  for (const jobs of [lettingGo, taking]) if (jobs.length > 0) await client.query(updateJobs, jobColumns(jobs));
  await changeCounters(client, verdict.counters);
  await writeAttempts(client, verdict.attempts);
  await appendEvents(client, verdict.events);
  return verdict.outcomes;
}

/**
 * Reads and locks the jobs in one order, so that two batches cannot wait for each other. A light taken by somebody else
 * between this look and our write is caught by the unique index; the transaction then runs again and sees it.
 */
async function lockBatch(client: pg.PoolClient, changes: readonly JobChange[]): Promise<BatchSnapshot> {
  const jobs = await client.query<{ id: string; fence: number; state: JobState }>(
    `SELECT "id", "fence", "state" FROM "Job" WHERE "id" = ANY($1) ORDER BY "id" FOR UPDATE`,
    [changes.map((change) => change.job.id)],
  );
  const active = await client.query<{ id: string; deviceId: string }>(
    `SELECT "id", "deviceId" FROM "Job" WHERE "deviceId" = ANY($1) AND "state" IN (${activeList})`,
    [changes.map((change) => change.job.deviceId)],
  );
  return {
    jobs: new Map(jobs.rows.map((row) => [row.id, row])),
    active: new Map(active.rows.map((row) => [row.deviceId, row.id])),
  };
}

async function changeCounters(client: pg.PoolClient, changes: readonly CounterChange[]): Promise<void> {
  if (changes.length === 0) return;
  const columns = [
    changes.map((change) => change.campaignId),
    changes.map((change) => change.waveOrdinal),
    changes.map((change) => change.state),
    changes.map((change) => change.by),
  ];
  // First the rows, so that the change itself is an update: an insert of a negative count would break the table's check.
  await client.query(
    `INSERT INTO "Counter" ("campaignId", "waveOrdinal", "state", "lights")
     SELECT campaign, wave, state, 0 FROM unnest($1::text[], $2::int[], $3::text[], $4::int[]) AS n(campaign, wave, state, lights)
     WHERE n.lights > 0 ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING`,
    columns,
  );
  await client.query(
    `WITH n AS (SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::int[]) AS given(campaign, wave, state, lights)),
     locked AS MATERIALIZED (
       SELECT c."campaignId", c."waveOrdinal", c."state", n.lights FROM "Counter" c
       JOIN n ON (c."campaignId", c."waveOrdinal", c."state") = (n.campaign, n.wave, n.state)
       ORDER BY 1, 2, 3 FOR UPDATE OF c)
     UPDATE "Counter" SET "lights" = "Counter"."lights" + locked.lights FROM locked
     WHERE ("Counter"."campaignId", "Counter"."waveOrdinal", "Counter"."state")
       = (locked."campaignId", locked."waveOrdinal", locked."state")`,
    columns,
  );
}

async function writeAttempts(client: pg.PoolClient, attempts: readonly AttemptChange[]): Promise<void> {
  if (attempts.length === 0) return;
  const column = <T>(pick: (attempt: AttemptChange) => T): T[] => attempts.map(pick);
  await client.query(
    `INSERT INTO "Attempt" ("jobId", "number", "startedAt", "finishedAt", "bytesDone", "finalState", "failureCode")
     SELECT * FROM unnest($1::text[], $2::int[], $3::timestamp[], $4::timestamp[], $5::int[], $6::text[], $7::text[])
     ON CONFLICT ("jobId", "number") DO UPDATE SET "finishedAt" = EXCLUDED."finishedAt", "bytesDone" = EXCLUDED."bytesDone",
       "finalState" = EXCLUDED."finalState", "failureCode" = EXCLUDED."failureCode"`,
    [
      column((attempt) => attempt.jobId),
      column((attempt) => attempt.number),
      column((attempt) => toInstant(attempt.startedAt)),
      column((attempt) => toInstant(attempt.finishedAt)),
      column((attempt) => attempt.bytesDone),
      column((attempt) => attempt.finalState ?? null),
      column((attempt) => attempt.failureCode ?? null),
    ],
  );
}

function startOf(startAt: string | undefined): string | null {
  return startAt === undefined ? null : toInstant(Date.parse(startAt));
}

/** The word for what was done, as the audit trail names it. */
function verbOf(from: CampaignState, to: CampaignState): string {
  if (to !== "running") return to;
  if (from === "paused") return "resumed";
  return from === "completed" ? "retried" : "started";
}
