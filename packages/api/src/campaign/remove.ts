import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";

/** campaign.remove */
export const removeCampaign = needs("campaign.write")
  .input(z.object({ id }))
  .mutation(async (): Promise<Record<string, never>> => {
    throw new Problem("not-built", "This is not built yet.");
  });
