import { z } from "zod";
import { id } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { CampaignRow } from "../views.ts";
import { commandCampaign } from "./command.ts";

/** Pauses a campaign: nothing new starts, downloads stop at a block, installs run to their end. */
export const pauseCampaign = needs("campaign.pause")
  .input(z.object({ id }))
  .mutation(
    ({ ctx, input }): Promise<CampaignRow> =>
      commandCampaign(ctx, {
        campaignId: input.id,
        action: "pause",
        run: (control, { id }) => control.pause(id, ctx.actor.id),
      }),
  );
