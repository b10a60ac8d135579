import { campaignPlan } from "../input/campaign-plan.ts";
import { name } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { CampaignView } from "../views.ts";

/** campaign.create */
export const createCampaign = needs("campaign.write")
  .input(campaignPlan.extend({ name }))
  .mutation(async (): Promise<CampaignView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
