import { z } from "zod";
import { packCursor, splitPage, unpackCursor } from "../cursor.ts";
import { jobState } from "../input/job-state.ts";
import { page } from "../input/page.ts";
import { id, label, search } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { JobView, Page } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { jobNames, jobView } from "./job-view.ts";
import { visibleCampaign } from "./view.ts";

const place = z.object({ endpoint: z.string().max(500) });

/** The lights of a campaign, by endpoint. */
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
  .query(async ({ ctx: { db, actor }, input }): Promise<Page<JobView>> => {
    const campaign = await visibleCampaign(db, visibleTo(actor).campaigns, input.id);
    const { states, waveOrdinal, failureCode, waitReason, skipReason } = input;
    const contains = { contains: input.search ?? "", mode: "insensitive" as const };
    const where = {
      campaignId: campaign.id,
      ...(states?.length && { state: { in: states } }),
      ...(waveOrdinal !== undefined && { waveOrdinal }),
      ...(failureCode !== undefined && { failureCode }),
      ...(waitReason !== undefined && { waitReason }),
      ...(skipReason !== undefined && { skipReason }),
      ...(input.search && { OR: [{ endpoint: contains }, { device: { is: { name: contains } } }] }),
    };
    // A light is in a campaign once, so its endpoint is a place in the list.
    const after = input.cursor === undefined ? {} : { endpoint: { gt: unpackCursor(input.cursor, place).endpoint } };
    const [jobs, total] = await Promise.all([
      db.job.findMany({
        where: { AND: [where, after] },
        include: jobNames,
        orderBy: { endpoint: "asc" },
        take: input.limit + 1,
      }),
      db.job.count({ where }),
    ]);
    const { shown, last } = splitPage(jobs, input.limit);
    return {
      items: shown.map(jobView),
      nextCursor: last ? packCursor({ endpoint: last.endpoint }) : null,
      total,
    };
  });
