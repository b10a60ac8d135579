import { z } from "zod";
import { eventViews } from "../event/page.ts";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { EventView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";

/** Events of one job. A job of three attempts has about thirty. */
const eventsMax = 500;

/** What one light went through in a campaign, oldest first. */
export const jobTimelineCampaign = needs("campaign.read")
  .input(z.object({ jobId: id }))
  .query(async ({ ctx: { db, actor }, input }): Promise<readonly EventView[]> => {
    const scope = visibleTo(actor);
    const job = await db.job.findFirst({ where: { id: input.jobId, campaign: scope.campaigns }, select: { id: true } });
    if (!job) throw new Problem("not-found", "This job does not exist, or its campaign was removed.");
    const newest = await db.event.findMany({
      where: { AND: [scope.events, { jobId: job.id }] },
      orderBy: { seq: "desc" },
      take: eventsMax,
    });
    return eventViews(db, newest.reverse());
  });
