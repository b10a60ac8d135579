import { type CampaignState, whyNot } from "@lamplighter/campaigns/campaign";
import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";
import { visibleCampaign } from "./view.ts";

/** Removes a draft. What has run is kept for the record. */
export const removeCampaign = needs("campaign.write")
  .input(z.object({ id }))
  .mutation(async ({ ctx: { db, clock, actor, live }, input }): Promise<Record<string, never>> => {
    const campaign = await visibleCampaign(db, visibleTo(actor).campaigns, input.id);
    const why = whyNot("remove", campaign.state as CampaignState);
    if (why !== undefined) throw new Problem("wrong-state", why);
    await db.$transaction(async (db) => {
      const { count } = await db.campaign.deleteMany({ where: { id: campaign.id, state: "draft" } });
      if (count === 0)
        throw new Problem("wrong-state", "Somebody started this campaign meanwhile, so it was not removed.");
      const message = `Removed the draft "${campaign.name}".`;
      await recordEvent({ db, clock }, { actor: actor.id, kind: "campaign.removed", message });
    });
    live.note({ kind: "campaign", campaignId: campaign.id });
    return {};
  });
