import { recordEvent } from "../event/record.ts";
import { needs } from "../procedure.ts";

/** Pauses every campaign that runs, and calls back every change of a light's software that can be, at once. */
export const stopEverythingCampaign = needs("campaign.pause").mutation(
  async ({ ctx: { db, clock, campaigns, software, actor } }): Promise<{ campaigns: number; software: number }> => {
    const stopped = { software: software.cancelAll(), campaigns: await campaigns.stopEverything(actor.id) };
    if (stopped.software > 0) {
      const message = `Stopped everything: ${stopped.software} software changes of lights were called back.`;
      await recordEvent({ db, clock }, { actor: actor.id, kind: "software.called-back", message });
    }
    return stopped;
  },
);
