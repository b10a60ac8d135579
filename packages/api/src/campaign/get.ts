import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { CampaignView } from "../views.ts";

/** campaign.get */
export const getCampaign = needs("campaign.read")
  .input(z.object({ id }))
  .query(async (): Promise<CampaignView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
