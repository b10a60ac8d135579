import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { CampaignRow } from "../views.ts";

/** campaign.cancel */
export const cancelCampaign = needs("campaign.cancel")
  .input(z.object({ id }))
  .mutation(async (): Promise<CampaignRow> => {
    throw new Problem("not-built", "This is not built yet.");
  });
