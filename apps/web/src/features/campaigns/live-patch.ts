import type { CampaignRow, CampaignView, JobView, LiveEvent, Page } from "@lamplighter/api/views";
import type { JobState } from "@lamplighter/campaigns/job";

/** Puts what a live event says into a campaign that is on screen. The same object comes back when it is about another. */
export function patchCampaign(campaign: CampaignView, event: LiveEvent): CampaignView {
  if (event.kind !== "campaign" || event.campaign.id !== campaign.id) return campaign;
  return { ...campaign, ...event.campaign, waves: event.waves };
}

/** Puts a campaign's new figures into a list of campaigns. */
export function patchRows(rows: readonly CampaignRow[], event: LiveEvent): readonly CampaignRow[] {
  if (event.kind !== "campaign") return rows;
  const at = rows.findIndex(({ id }) => id === event.campaign.id);
  return at < 0 ? rows : rows.with(at, event.campaign);
}

/** Puts a job's new state into the page that shows it, wherever that is. */
export function patchJobs(pages: readonly Page<JobView>[], event: LiveEvent): readonly Page<JobView>[] {
  if (event.kind !== "job") return pages;
  const { job } = event;
  const at = pages.findIndex(({ items }) => items.some(({ id }) => id === job.id));
  const page = pages[at];
  if (!page) return pages;
  return pages.with(at, { ...page, items: page.items.map((before) => (before.id === job.id ? job : before)) });
}

/** The filters of a campaign's table of lights, as the address holds them. */
export interface JobFilters {
  readonly states: readonly JobState[];
  readonly waveOrdinal: number | null;
  readonly failureCode: string | null;
  readonly waitReason: string | null;
  readonly skipReason: string | null;
  readonly search: string;
}

/**
 * Tells whether a job's move changes which lights the table holds, so that it has to be read again.
 * With search words in the filter only the server knows; then a job that is not shown is taken not to belong.
 */
export function changesMembership(pages: readonly Page<JobView>[], filters: JobFilters, job: JobView): boolean {
  const shown = pages.some(({ items }) => items.some(({ id }) => id === job.id));
  const belongs = matches(filters, job);
  if (shown) return !belongs;
  return belongs && filters.search === "" && isFiltered(filters);
}

/** Tells whether anything but all lights is asked for. */
export function isFiltered({ states, waveOrdinal, failureCode, waitReason, skipReason, search }: JobFilters): boolean {
  return states.length > 0 || waveOrdinal !== null || !!failureCode || !!waitReason || !!skipReason || search !== "";
}

function matches(filters: JobFilters, job: JobView): boolean {
  return (
    (filters.states.length === 0 || filters.states.includes(job.state)) &&
    (filters.waveOrdinal === null || filters.waveOrdinal === job.waveOrdinal) &&
    (!filters.failureCode || filters.failureCode === job.failureCode) &&
    (!filters.waitReason || filters.waitReason === job.waitReason) &&
    (!filters.skipReason || filters.skipReason === job.skipReason)
  );
}
