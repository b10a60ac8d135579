import { expect, test } from "vitest";
import { headlineOf } from "./headline";

const campaign = {
  state: "running",
  pauseReason: null,
  stateDetail: null,
  outcome: null,
  tally: { succeeded: 3, "awaiting-return": 1, queued: 2 },
  startAt: null,
  finishedAt: null,
  version: "3.0.0",
  waves: [],
  waiting: [
    { reason: "offline", lights: 1, sentence: "" },
    { reason: "slot", lights: 2, sentence: "" },
  ],
} as const satisfies Parameters<typeof headlineOf>[0];

test("a running campaign says how far it is and what most waiting lights wait for", () => {
  expect(headlineOf(campaign)).toBe("3 of 6 lights run 3.0.0. 2 lights wait for a free slot.");
});

test("a paused campaign always says why, by the server's sentence where there is one", () => {
  expect(headlineOf({ ...campaign, state: "paused", pauseReason: "lost" })).toBe(
    "Paused by itself: too many lights did not come back. 3 of 6 lights run 3.0.0.",
  );
  expect(headlineOf({ ...campaign, state: "paused", stateDetail: "Paused by Ada." })).toMatch(/^Paused by Ada\./);
});

test("a completed campaign says whether all made it", () => {
  const tally = { succeeded: 5, failed: 1, skipped: 4 };
  expect(headlineOf({ ...campaign, state: "completed", outcome: "with-failures", tally })).toBe(
    "Finished: 5 of 6 lights run 3.0.0. 1 light did not make it.",
  );
  expect(headlineOf({ ...campaign, state: "completed", outcome: "clean", tally: { succeeded: 6 } })).toBe(
    "Finished: all 6 lights run 3.0.0.",
  );
});
