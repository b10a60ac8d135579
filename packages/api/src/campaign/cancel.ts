import { z } from "zod";
import { id } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { CampaignRow } from "../views.ts";
import { commandCampaign } from "./command.ts";

/** Ends a campaign: what is being installed runs to its end, everything else is left as it is. */
export const cancelCampaign = needs("campaign.cancel")
  .input(z.object({ id }))
  .mutation(
    ({ ctx, input }): Promise<CampaignRow> =>
      commandCampaign(ctx, {
        campaignId: input.id,
        action: "cancel",
        run: (control, { id }) => control.cancel(id, ctx.actor.id),
      }),
  );
