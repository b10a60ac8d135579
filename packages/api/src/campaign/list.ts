import { z } from "zod";
import { search } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { CampaignRow } from "../views.ts";

/** campaign.list */
export const listCampaign = needs("campaign.read")
  .input(z.object({ state: z.enum(["live", "finished", "draft", "all"]).default("all"), search: search.optional() }))
  .query(async (): Promise<readonly CampaignRow[]> => {
    throw new Problem("not-built", "This is not built yet.");
  });
