import { activeJobStates } from "@lamplighter/campaigns/job";
import type { Prisma } from "@lamplighter/db/generated/client";
import { Problem } from "../problem.ts";

const openStates: readonly string[] = ["planned", "queued", ...activeJobStates];

/**
 * Takes lights that are about to be removed out of the campaigns that may lose them: a draft becomes smaller, one that has
 * ended keeps its figures. Refused while a campaign waits for one of them or drives it. Call it in the transaction of
 * the removal: the lights and their jobs are locked, so that no campaign takes them up in between.
 */
export async function leaveCampaigns(db: Prisma.TransactionClient, deviceIds: readonly string[]): Promise<void> {
  const ids = [...deviceIds];
  await db.$queryRaw`SELECT "id" FROM "Device" WHERE "id" = ANY(${ids}) ORDER BY "id" FOR UPDATE`;
  const jobs = await db.$queryRaw<{ state: string; campaign: string; name: string }[]>`
    SELECT j."state", c."state" AS campaign, c."name" FROM "Job" j JOIN "Campaign" c ON c."id" = j."campaignId"
    WHERE j."deviceId" = ANY(${ids}) ORDER BY j."id" FOR UPDATE OF j`;
  const open = jobs.find(({ state, campaign }) => campaign !== "draft" && openStates.includes(state));
  if (open) {
    throw new Problem(
      "active-job",
      `Campaign "${open.name}" is updating some of these lights or waits for them. Cancel it first, or wait until it ends.`,
    );
  }
  if (!jobs.some(({ campaign }) => campaign === "draft")) return;
  await db.$executeRaw`
    UPDATE "Counter" n SET "lights" = n."lights" - gone.lights FROM (
      SELECT j."campaignId", j."waveOrdinal", j."state", count(*)::int AS lights
      FROM "Job" j JOIN "Campaign" c ON c."id" = j."campaignId"
      WHERE j."deviceId" = ANY(${ids}) AND c."state" = 'draft' GROUP BY 1, 2, 3) AS gone
    WHERE (n."campaignId", n."waveOrdinal", n."state") = (gone."campaignId", gone."waveOrdinal", gone."state")`;
  await db.$executeRaw`
    UPDATE "Wave" w SET "total" = w."total" - gone.lights FROM (
      SELECT j."campaignId", j."waveOrdinal", count(*)::int AS lights
      FROM "Job" j JOIN "Campaign" c ON c."id" = j."campaignId"
      WHERE j."deviceId" = ANY(${ids}) AND c."state" = 'draft' GROUP BY 1, 2) AS gone
    WHERE (w."campaignId", w."ordinal") = (gone."campaignId", gone."waveOrdinal")`;
}
