import type { SkipReason } from "@lamplighter/campaigns/job";
import { campaignPlan } from "../input/campaign-plan.ts";
import { needs } from "../procedure.ts";
import type { CampaignPreview } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { planCampaign } from "./plan.ts";
import { skipSentences } from "./sentences.ts";

const sampleMax = 10;

/** What a campaign would do, before it is written: whom it reaches, whom it leaves out, and what forbids it. */
export const previewCampaign = needs("campaign.read")
  .input(campaignPlan)
  .query(async ({ ctx: { db, clock, actor }, input }): Promise<CampaignPreview> => {
    const planned = await planCampaign(db, visibleTo(actor), { plan: input, now: clock.now() });
    const { matched, included, skipped, waves, spec, problems, warnings } = planned;
    const reasons = new Map<SkipReason, number>();
    for (const { skipReason } of skipped) if (skipReason) reasons.set(skipReason, (reasons.get(skipReason) ?? 0) + 1);
    return {
      matched: matched.length,
      included: included.length,
      skipped: [...reasons].map(([reason, lights]) => ({ reason, lights, sentence: skipSentences[reason] })),
      waves: spec.waves.map(({ name }, ordinal) => ({ name, lights: waves[ordinal]?.length ?? 0 })),
      offline: included.filter(({ presence }) => presence === "offline" || presence === "never").length,
      neverSeen: included.filter(({ presence }) => presence === "never").length,
      problems,
      warnings,
      sample: included.slice(0, sampleMax).map(({ id, endpoint, name }) => ({ deviceId: id, endpoint, name })),
    };
  });
