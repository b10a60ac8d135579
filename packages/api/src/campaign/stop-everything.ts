import { needs } from "../procedure.ts";

/** Pauses every campaign that runs, at once. */
export const stopEverythingCampaign = needs("campaign.pause").mutation(
  async ({ ctx: { campaigns, actor } }): Promise<{ campaigns: number }> => ({
    campaigns: await campaigns.stopEverything(actor.id),
  }),
);
