import type { CampaignSpec, CampaignState } from "@lamplighter/campaigns/campaign";
import type { StoredCampaign, StoredWave } from "@lamplighter/campaigns/campaign-store";
import type { JobState } from "@lamplighter/campaigns/job";
import type pg from "pg";
import { given } from "./job-rows.ts";
import { fromInstant } from "./postgres-types.ts";

export interface CampaignFilter {
  readonly id?: string;
  readonly states?: readonly CampaignState[];
}

/** Campaigns with their waves and counters, as of one instant, oldest first. */
export async function loadCampaigns(
  client: pg.Pool | pg.ClientBase,
  filter: CampaignFilter,
): Promise<StoredCampaign[]> {
  // One statement sees one instant: counters and states that were never true together cannot be read.
  const { rows } = await client.query<CampaignRow>(
    `SELECT c.*, s."spec", p."state" = 'revoked' AS revoked, (
       SELECT json_agg(json_build_object('ordinal', w."ordinal", 'name', w."name", 'state', w."state",
         'heldReason', w."heldReason", 'total', w."total", 'startedAt', extract(epoch FROM w."startedAt") * 1000,
         'finishedAt', extract(epoch FROM w."finishedAt") * 1000, 'counters', (
           SELECT json_object_agg(n."state", n."lights") FROM "Counter" n
           WHERE n."campaignId" = w."campaignId" AND n."waveOrdinal" = w."ordinal" AND n."lights" > 0))
         ORDER BY w."ordinal") FROM "Wave" w WHERE w."campaignId" = c."id") AS waves
     FROM "Campaign" c JOIN "CampaignSpec" s ON s."sha256" = c."specSha256"
       JOIN "Package" p ON p."id" = c."packageId"
     WHERE ($1::text IS NULL OR c."id" = $1) AND ($2::text[] IS NULL OR c."state" = ANY($2))
     ORDER BY c."createdAt", c."id"`,
    [filter.id ?? null, filter.states ?? null],
  );
  return rows.map(toCampaign);
}

interface CampaignRow {
  readonly id: string;
  readonly name: string;
  readonly spec: CampaignSpec;
  readonly state: CampaignState;
  readonly pauseReason: StoredCampaign["pauseReason"] | null;
  readonly stateDetail: string | null;
  readonly outcome: StoredCampaign["outcome"] | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly acceptedFailures: number;
  readonly acceptedLost: number;
  readonly revoked: boolean;
  readonly waves: readonly WaveRow[] | null;
}

interface WaveRow {
  readonly ordinal: number;
  readonly name: string;
  readonly state: StoredWave["state"];
  readonly heldReason: StoredWave["heldReason"] | null;
  readonly total: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly counters: Partial<Record<JobState, number>> | null;
}

function toCampaign(row: CampaignRow): StoredCampaign {
  return {
    id: row.id,
    name: row.name,
    spec: row.spec,
    state: row.state,
    ...given("pauseReason", row.pauseReason),
    ...given("stateDetail", row.stateDetail),
    ...given("outcome", row.outcome),
    createdBy: row.createdBy,
    createdAt: fromInstant(row.createdAt),
    ...given("startedAt", fromInstant(row.startedAt)),
    ...given("finishedAt", fromInstant(row.finishedAt)),
    accepted: { failures: row.acceptedFailures, lost: row.acceptedLost },
    isPackageRevoked: row.revoked,
    waves: (row.waves ?? []).map((wave) => ({
      ordinal: wave.ordinal,
      name: wave.name,
      state: wave.state,
      ...given("heldReason", wave.heldReason),
      total: wave.total,
      ...given("startedAt", wave.startedAt === null ? undefined : Math.round(wave.startedAt)),
      ...given("finishedAt", wave.finishedAt === null ? undefined : Math.round(wave.finishedAt)),
      counters: wave.counters ?? {},
    })),
  };
}
