import type { CampaignState } from "@lamplighter/campaigns/campaign";
import { z } from "zod";
import { jobNames, jobView } from "../campaign/job-view.ts";
import { id } from "../input/text.ts";
import { visibleDevice } from "../inventory/device-view.ts";
import { needs } from "../procedure.ts";
import type { DeviceJobView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";

/** Jobs shown of one light; older ones are in its timeline. */
const jobsMax = 100;

/** The campaigns a light was part of, newest first. */
export const jobsDevice = needs("device.read")
  .input(z.object({ id }))
  .query(async ({ ctx: { db, actor }, input }): Promise<readonly DeviceJobView[]> => {
    const device = await visibleDevice(db, visibleTo(actor).devices, input.id);
    const jobs = await db.job.findMany({
      where: { deviceId: device.id },
      include: { ...jobNames, campaign: { select: { name: true, state: true, ...jobNames.campaign.select } } },
      orderBy: { campaign: { createdAt: "desc" } },
      take: jobsMax,
    });
    return jobs.map((job) => ({
      ...jobView(job),
      campaignName: job.campaign.name,
      campaignState: job.campaign.state as CampaignState,
    }));
  });
