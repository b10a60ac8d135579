import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { EventView } from "../views.ts";

/** campaign.jobTimeline */
export const jobTimelineCampaign = needs("campaign.read")
  .input(z.object({ jobId: id }))
  .query(async (): Promise<readonly EventView[]> => {
    throw new Problem("not-built", "This is not built yet.");
  });
