import { z } from "zod";
import { jobState } from "../input/job-state.ts";
import { page } from "../input/page.ts";
import { id, label, search } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { JobView, Page } from "../views.ts";

/** campaign.jobs */
export const jobsCampaign = needs("campaign.read")
  .input(
    z.object({
      id,
      states: z.array(jobState).max(20).optional(),
      waveOrdinal: z.number().int().min(0).max(1_000).optional(),
      failureCode: label.optional(),
      waitReason: label.optional(),
      skipReason: label.optional(),
      search: search.optional(),
      ...page,
    }),
  )
  .query(async (): Promise<Page<JobView>> => {
    throw new Problem("not-built", "This is not built yet.");
  });
