import { z } from "zod";
import { id } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { CampaignRow } from "../views.ts";
import { commandCampaign } from "./command.ts";
import { refuseRevoked } from "./refuse-revoked.ts";

/** Lets a paused campaign go on. */
export const resumeCampaign = needs("campaign.start")
  .input(z.object({ id }))
  .mutation(
    ({ ctx, input }): Promise<CampaignRow> =>
      commandCampaign(ctx, {
        campaignId: input.id,
        action: "resume",
        run: async (control, { id, packageId }) => {
          await refuseRevoked(ctx.db, packageId);
          return control.resume(id, ctx.actor.id);
        },
      }),
  );
