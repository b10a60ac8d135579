import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { CampaignView } from "../views.ts";

/** campaign.promoteWave */
export const promoteWaveCampaign = needs("campaign.start")
  .input(z.object({ id, ordinal: z.number().int().min(0).max(1_000), reason: z.string().trim().min(1).max(500) }))
  .mutation(async (): Promise<CampaignView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
