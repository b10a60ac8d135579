import { z } from "zod";
import { id } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { CampaignView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { campaignView, visibleCampaign } from "./view.ts";

/** One campaign. */
export const getCampaign = needs("campaign.read")
  .input(z.object({ id }))
  .query(
    async ({ ctx: { db, actor }, input }): Promise<CampaignView> =>
      campaignView(db, await visibleCampaign(db, visibleTo(actor).campaigns, input.id)),
  );
