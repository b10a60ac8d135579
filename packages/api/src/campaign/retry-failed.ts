import { z } from "zod";
import { id } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { CampaignRow } from "../views.ts";
import { commandCampaign } from "./command.ts";

/** Tries the lights again that failed or were lost. */
export const retryFailedCampaign = needs("campaign.start")
  .input(z.object({ id }))
  .mutation(
    ({ ctx, input }): Promise<CampaignRow> =>
      commandCampaign(ctx, {
        campaignId: input.id,
        action: "retry-failed",
        run: (control, { id }) => control.retryFailed(id, ctx.actor.id),
      }),
  );
