import { activeJobStates, finalJobStates, type JobState } from "@lamplighter/campaigns/job";
import { expect, test } from "vitest";
import { phasesOf, progressOf, statesOfSegment, truncatedPercent } from "./progress";

test("999 of 1,000 never reads 100 %", () => {
  expect(truncatedPercent(999, 1_000)).toBe(99);
  expect(progressOf({ succeeded: 999, installing: 1 }).succeededPercent).toBe(99);
  expect(progressOf({ succeeded: 1_000 }).succeededPercent).toBe(100);
});

test("29 of 100 reads 29 %, not the 28 that floating point would make of 0.29 × 100", () => {
  expect(truncatedPercent(29, 100)).toBe(29);
});

test("skipped lights are shown but do not count against the campaign", () => {
  const progress = progressOf({ skipped: 3, succeeded: 57 });
  expect(progress).toMatchObject({ included: 57, succeededPercent: 100, finishedPercent: 100 });
  expect(progress.segments.find(({ key }) => key === "skipped")).toMatchObject({ lights: 3, width: 0 });
});

test("every job state belongs to exactly one segment", () => {
  const all: readonly JobState[] = ["planned", "queued", ...activeJobStates, ...finalJobStates];
  expect(Object.values(statesOfSegment).flat().sort()).toEqual([...all].sort());
});

test("the segments add up to all lights and the widths to the whole bar", () => {
  const progress = progressOf({ planned: 10, queued: 3, downloading: 2, succeeded: 4, failed: 1, lost: 1, skipped: 5 });
  expect(progress.segments.reduce((lights, segment) => lights + segment.lights, 0)).toBe(26);
  expect(progress.segments.reduce((width, segment) => width + segment.width, 0)).toBeCloseTo(100);
  expect(progress.finished).toBe(6);
});

test("a campaign without lights is at 0 %, not at NaN", () => {
  expect(progressOf({})).toMatchObject({ included: 0, succeededPercent: 0, finishedPercent: 0 });
});

test("the phases of running lights come in the order of the work", () => {
  expect(phasesOf({ verifying: 1, downloading: 4, queued: 9 })).toEqual([
    { state: "downloading", lights: 4 },
    { state: "verifying", lights: 1 },
  ]);
});
