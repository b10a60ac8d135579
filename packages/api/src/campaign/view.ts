import type { CampaignSpec, CampaignState, PauseReason } from "@lamplighter/campaigns/campaign";
import { deviceFields } from "@lamplighter/campaigns/device-query";
import type { FailureCode, JobState, SkipReason, WaitReason } from "@lamplighter/campaigns/job";
import type { HeldReason, WaveState } from "@lamplighter/campaigns/wave";
import type { Prisma, PrismaClient } from "@lamplighter/db/generated/client";
import { instant } from "../inventory/device-view.ts";
import { Problem } from "../problem.ts";
import type { CampaignRow, CampaignView, Tally, WaveView } from "../views.ts";
import { failureSentences, skipSentences, waitSentences } from "./sentences.ts";

/** What must be read with a campaign to show it. */
export const campaignParts = {
  package: { select: { name: true, version: true } },
  waves: { orderBy: { ordinal: "asc" } },
  counters: true,
} as const satisfies Prisma.CampaignInclude;

export type CampaignWithParts = Prisma.CampaignGetPayload<{ include: typeof campaignParts }>;

/** Finds a campaign a person may see, or says that there is none. */
export async function visibleCampaign(
  db: Pick<PrismaClient, "campaign">,
  scope: Prisma.CampaignWhereInput,
  id: string,
): Promise<CampaignWithParts> {
  const campaign = await db.campaign.findFirst({ where: { AND: [{ id }, scope] }, include: campaignParts });
  if (!campaign)
    throw new Problem("not-found", "This campaign does not exist, or it was removed. Go back to the list.");
  return campaign;
}

/** Campaigns as lines of a list, with the names of who wrote them. */
export async function campaignRows(db: PrismaClient, campaigns: readonly CampaignWithParts[]): Promise<CampaignRow[]> {
  const users = await db.user.findMany({
    where: { id: { in: [...new Set(campaigns.map(({ createdBy }) => createdBy))] } },
    select: { id: true, name: true },
  });
  const names = new Map(users.map(({ id, name }) => [id, name]));
  return campaigns.map((campaign) => ({
    id: campaign.id,
    name: campaign.name,
    state: campaign.state as CampaignState,
    pauseReason: campaign.pauseReason as PauseReason | null,
    stateDetail: campaign.stateDetail,
    outcome: campaign.outcome as CampaignRow["outcome"],
    packageId: campaign.packageId,
    packageName: campaign.package.name,
    version: campaign.package.version,
    lights: campaign.waves.reduce((sum, { total }) => sum + total, 0),
    tally: tallyOf(campaign.counters),
    createdBy: names.get(campaign.createdBy) ?? campaign.createdBy,
    createdAt: campaign.createdAt.toISOString(),
    startAt: instant(campaign.startAt),
    startedAt: instant(campaign.startedAt),
    finishedAt: instant(campaign.finishedAt),
  }));
}

export async function campaignRow(db: PrismaClient, campaign: CampaignWithParts): Promise<CampaignRow> {
  const [row] = await campaignRows(db, [campaign]);
  if (!row) throw new Problem("not-found", "This campaign does not exist any more.");
  return row;
}

/** Campaigns with their waves, as live events carry them. */
export async function liveCampaigns(
  db: PrismaClient,
  ids: readonly string[],
): Promise<{ campaign: CampaignRow; waves: WaveView[] }[]> {
  const campaigns = await db.campaign.findMany({ where: { id: { in: [...ids] } }, include: campaignParts });
  const [rows, verdicts] = await Promise.all([campaignRows(db, campaigns), gateVerdicts(db, ids)]);
  return campaigns.flatMap((campaign, at) => {
    const row = rows[at];
    return row ? [{ campaign: row, waves: waveViews(campaign, verdicts) }] : [];
  });
}

/** Everything about one campaign: its plan, its waves, and why lights wait, failed or were left out. */
export async function campaignView(db: PrismaClient, campaign: CampaignWithParts): Promise<CampaignView> {
  const { id } = campaign;
  const count = { _count: { _all: true } } as const;
  const [row, stored, verdicts, waiting, failures, lost, skips, jobs] = await Promise.all([
    campaignRow(db, campaign),
    db.campaignSpec.findUniqueOrThrow({ where: { sha256: campaign.specSha256 } }),
    gateVerdicts(db, [id]),
    db.job.groupBy({ by: ["waitReason"], where: { campaignId: id, waitReason: { not: null } }, ...count }),
    db.job.groupBy({ by: ["failureCode"], where: { campaignId: id, state: "failed" }, ...count }),
    db.job.groupBy({ by: ["state"], where: { campaignId: id, state: { in: ["lost", "rolled-back"] } }, ...count }),
    db.job.groupBy({ by: ["skipReason"], where: { campaignId: id, state: "skipped" }, ...count }),
    db.job.count({ where: { campaignId: id } }),
  ]);
  const spec = stored.spec as unknown as CampaignSpec;
  return {
    ...row,
    spec,
    specSha256: campaign.specSha256,
    targetLabel: await targetLabel(db, spec),
    // A job goes with its light; the counters of a campaign that has ended stay.
    removedLights: Math.max(0, campaign.counters.reduce((sum, { lights }) => sum + lights, 0) - jobs),
    waves: waveViews(campaign, verdicts),
    waiting: waiting.map(({ waitReason, _count }) => {
      const reason = waitReason as WaitReason;
      return { reason, lights: _count._all, sentence: waitSentences[reason] ?? reason };
    }),
    failures: [
      ...failures.map(({ failureCode, _count }) => ({ code: failureCode as FailureCode, lights: _count._all })),
      ...lost.map(({ state, _count }) => ({ code: state as "lost" | "rolled-back", lights: _count._all })),
    ].map((failure) => ({ ...failure, sentence: failureSentences[failure.code] ?? "Failed for an unknown reason." })),
    skips: skips.map(({ skipReason, _count }) => {
      const reason = skipReason as SkipReason;
      return { reason, lights: _count._all, sentence: skipSentences[reason] ?? reason };
    }),
  };
}

function waveViews(campaign: CampaignWithParts, verdicts: ReadonlyMap<string, string>): WaveView[] {
  return campaign.waves.map((wave) => ({
    ordinal: wave.ordinal,
    name: wave.name,
    state: wave.state as WaveState,
    heldReason: wave.heldReason as HeldReason | null,
    verdict: verdicts.get(`${campaign.id} ${wave.ordinal}`) ?? null,
    total: wave.total,
    tally: tallyOf(campaign.counters.filter(({ waveOrdinal }) => waveOrdinal === wave.ordinal)),
    startedAt: instant(wave.startedAt),
    finishedAt: instant(wave.finishedAt),
  }));
}

/** The last thing each gate said, by campaign and wave. */
async function gateVerdicts(db: PrismaClient, ids: readonly string[]): Promise<Map<string, string>> {
  const last = await db.gateEvaluation.findMany({
    where: { campaignId: { in: [...ids] } },
    orderBy: { at: "desc" },
    distinct: ["campaignId", "waveOrdinal"],
  });
  return new Map(last.map(({ campaignId, waveOrdinal, verdict }) => [`${campaignId} ${waveOrdinal}`, verdict]));
}

function tallyOf(counters: readonly { state: string; lights: number }[]): Tally {
  const tally: Partial<Record<JobState, number>> = {};
  for (const { state, lights } of counters) {
    if (lights > 0) tally[state as JobState] = (tally[state as JobState] ?? 0) + lights;
  }
  return tally;
}

/** Says in words what a campaign was aimed at. */
async function targetLabel(db: PrismaClient, { target }: CampaignSpec): Promise<string> {
  if (target.kind === "devices") {
    return target.deviceIds.length === 1 ? "1 chosen light" : `${target.deviceIds.length} chosen lights`;
  }
  const groupId = target.kind === "group" ? target.groupId : target.query.groupId;
  const group = groupId === undefined ? undefined : await db.deviceGroup.findUnique({ where: { id: groupId } });
  const groupLabel = groupId === undefined ? undefined : group ? `group "${group.name}"` : "a group that was removed";
  if (target.kind === "group") return groupLabel ?? "a group that was removed";
  const conditions = (target.query.where ?? []).map(({ field, operator, values }) => {
    const known = deviceFields.includes(field) ? field : "field";
    const shown = values.map((value) => (value === "" ? "not set" : value)).join(" or ");
    return `${known} ${operator === "is" ? "is" : "is not"} ${shown}`;
  });
  const text = target.query.text ? [`"${target.query.text}"`] : [];
  return [...text, ...conditions, ...(groupLabel ? [groupLabel] : [])].join(", ") || "all lights";
}
