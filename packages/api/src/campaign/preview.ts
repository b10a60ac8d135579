import { campaignPlan } from "../input/campaign-plan.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { CampaignPreview } from "../views.ts";

/** campaign.preview */
export const previewCampaign = needs("campaign.read")
  .input(campaignPlan)
  .query(async (): Promise<CampaignPreview> => {
    throw new Problem("not-built", "This is not built yet.");
  });
