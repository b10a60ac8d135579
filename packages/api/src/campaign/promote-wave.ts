import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { CampaignView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { refuse } from "./command.ts";
import { campaignView, visibleCampaign } from "./view.ts";

/** Lets a held wave pass, on a person's word. What the person says is kept; a wave that did not pass needs a reason. */
export const promoteWaveCampaign = needs("campaign.start")
  .input(z.object({ id, ordinal: z.number().int().min(0).max(1_000), reason: z.string().trim().max(500).default("") }))
  .mutation(async ({ ctx, input }): Promise<CampaignView> => {
    const { db, actor, campaigns, live } = ctx;
    const scope = visibleTo(actor).campaigns;
    const campaign = await visibleCampaign(db, scope, input.id);
    const wave = campaign.waves.find(({ ordinal }) => ordinal === input.ordinal);
    if (!wave) throw new Problem("not-found", `This campaign has no wave ${input.ordinal}.`);
    if (input.reason === "" && wave.heldReason !== "manual") {
      throw new Problem("invalid-input", "Say why this wave may go on although it did not pass its gate.");
    }
    refuse(await campaigns.promoteWave(campaign.id, wave.ordinal, actor.id, input.reason));
    live.note({ kind: "campaign", campaignId: campaign.id });
    return campaignView(db, await visibleCampaign(db, scope, campaign.id));
  });
