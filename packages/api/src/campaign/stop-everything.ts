import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";

/** campaign.stopEverything */
export const stopEverythingCampaign = needs("campaign.pause").mutation(async (): Promise<{ campaigns: number }> => {
  throw new Problem("not-built", "This is not built yet.");
});
