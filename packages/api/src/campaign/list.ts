import type { CampaignState } from "@lamplighter/campaigns/campaign";
import { z } from "zod";
import { search } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { CampaignRow } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { campaignParts, campaignRows } from "./view.ts";

/** Campaigns listed at once, newest first; a search finds older ones. */
const campaignsMax = 500;

export const liveStates: CampaignState[] = ["scheduled", "running", "paused", "cancelling"];
const states = {
  live: liveStates,
  finished: ["completed", "cancelled", "expired"],
  draft: ["draft"],
} as const satisfies Record<string, readonly CampaignState[]>;

/** Campaigns, newest first. */
export const listCampaign = needs("campaign.read")
  .input(
    z
      .object({ state: z.enum(["live", "finished", "draft", "all"]).default("all"), search: search.optional() })
      .prefault({}),
  )
  .query(async ({ ctx: { db, actor }, input }): Promise<readonly CampaignRow[]> => {
    const contains = { contains: input.search ?? "", mode: "insensitive" as const };
    const campaigns = await db.campaign.findMany({
      where: {
        AND: [
          visibleTo(actor).campaigns,
          input.state === "all" ? {} : { state: { in: [...states[input.state]] } },
          input.search ? { OR: [{ name: contains }, { package: { is: { version: contains } } }] } : {},
        ],
      },
      include: campaignParts,
      orderBy: { createdAt: "desc" },
      take: campaignsMax,
    });
    return campaignRows(db, campaigns);
  });
