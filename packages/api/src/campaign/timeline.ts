import { z } from "zod";
import { eventPage } from "../event/page.ts";
import { page } from "../input/page.ts";
import { id } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { EventView, Page } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { visibleCampaign } from "./view.ts";

/** What happened in a campaign, newest first. */
export const timelineCampaign = needs("campaign.read")
  .input(z.object({ id, ...page }))
  .query(async ({ ctx: { db, actor }, input }): Promise<Page<EventView>> => {
    const scope = visibleTo(actor);
    const campaign = await visibleCampaign(db, scope.campaigns, input.id);
    return eventPage(db, { AND: [scope.events, { campaignId: campaign.id }] }, input);
  });
