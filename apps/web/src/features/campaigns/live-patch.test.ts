import type { CampaignView, JobView, LiveEvent, Page } from "@lamplighter/api/views";
import { expect, test } from "vitest";
import { changesMembership, type JobFilters, patchCampaign, patchJobs, patchRows } from "./live-patch";

const job = (id: string, change: Partial<JobView> = {}) =>
  ({ id, state: "queued", waveOrdinal: 1, ...change }) as JobView;
const page = (...items: JobView[]): Page<JobView> => ({ items, nextCursor: null, total: items.length });
const all: JobFilters = {
  states: [],
  waveOrdinal: null,
  failureCode: null,
  waitReason: null,
  skipReason: null,
  search: "",
};
const campaign = {
  id: "c1",
  state: "running",
  tally: { queued: 2 },
  waves: [],
  targetLabel: "All lights",
} as unknown as CampaignView;
const news = {
  kind: "campaign",
  campaign: { id: "c1", state: "completed", tally: { succeeded: 2 } },
  waves: [{ ordinal: 1 }],
} as unknown as LiveEvent;

test("a campaign's figures change in place and what the event does not carry stays", () => {
  expect(patchCampaign(campaign, news)).toMatchObject({
    state: "completed",
    tally: { succeeded: 2 },
    waves: [{ ordinal: 1 }],
    targetLabel: "All lights",
  });
});

test("news of another campaign leave the very same object, so that nothing is drawn again", () => {
  const other = { ...campaign, id: "c2" };
  expect(patchCampaign(other, news)).toBe(other);
  expect(patchRows([other], news)).toEqual([other]);
});

test("a job changes on the page that shows it, the other pages stay the same objects", () => {
  const pages = [page(job("a")), page(job("b"))];
  const patched = patchJobs(pages, { kind: "job", job: job("b", { state: "downloading", bytesDone: 512 }) });
  expect(patched[0]).toBe(pages[0]);
  expect(patched[1]?.items[0]).toMatchObject({ state: "downloading", bytesDone: 512 });
});

test("a light that leaves or enters the filtered states makes the table read again", () => {
  const filters = { ...all, states: ["downloading"] as const };
  expect(changesMembership([page(job("a", { state: "downloading" }))], filters, job("a", { state: "succeeded" }))).toBe(
    true,
  );
  expect(changesMembership([page()], filters, job("b", { state: "downloading" }))).toBe(true);
  expect(changesMembership([page()], filters, job("b", { state: "failed" }))).toBe(false);
});

test("without filters no move changes who is in the table", () => {
  expect(changesMembership([page(job("a"))], all, job("z", { state: "failed" }))).toBe(false);
});

test("with search words a light that is not shown is left to the server", () => {
  expect(changesMembership([page()], { ...all, search: "elm" }, job("z"))).toBe(false);
});
