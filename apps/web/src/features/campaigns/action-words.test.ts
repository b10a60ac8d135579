import { campaignActions } from "@lamplighter/campaigns/campaign";
import { expect, test } from "vitest";
import { actionLabels, consequences, type ShownAction, whyDisabled } from "./action-words";

const everything = ["campaign.write", "campaign.start", "campaign.pause", "campaign.cancel"];
const facts = {
  version: "2.1.0",
  tally: {
    planned: 40,
    queued: 5,
    downloading: 4,
    downloaded: 2,
    installing: 1,
    verifying: 2,
    succeeded: 3,
    failed: 1,
  },
  waves: [
    { name: "Canary", total: 3, state: "active" },
    { name: "Rest", total: 54, state: "pending" },
  ],
  concurrencyMax: 50,
} as const;

test("a pause says what goes on and what stops, with counts", () => {
  expect(consequences("pause", { ...facts, state: "running" })).toEqual([
    "Nothing new starts: 45 lights keep waiting.",
    "4 downloads stop at the next block and begin again from the start on resume.",
    "2 lights that have the image hold it and do not install.",
    "3 lights that install or restart run to the end.",
  ]);
});

test("a cancellation says that it is final and who keeps which version", () => {
  expect(consequences("cancel", { ...facts, state: "running" })).toEqual([
    "A cancelled campaign cannot be resumed.",
    "51 lights keep the version they run.",
    "3 lights that install or restart run to the end and are reported.",
    "3 lights already updated keep 2.1.0.",
  ]);
});

test("each button is on in exactly the states of the shared table", () => {
  for (const action of Object.keys(actionLabels) as ShownAction[]) {
    for (const state of [
      "draft",
      "scheduled",
      "running",
      "paused",
      "completed",
      "cancelling",
      "cancelled",
      "expired",
    ] as const) {
      const from: readonly string[] = campaignActions[action].from;
      expect(
        whyDisabled(action, { state, tally: { failed: 1 }, waves: [] }, everything) === undefined,
        `${action} ${state}`,
      ).toBe(from.includes(state));
    }
  }
});

test("a missing permission is the reason that is told first", () => {
  expect(whyDisabled("pause", { state: "running", tally: {}, waves: [] }, [])).toBe(
    "Your role does not include “campaign.pause”.",
  );
});

test("nothing failed means nothing to retry", () => {
  expect(whyDisabled("retry-failed", { state: "running", tally: { succeeded: 1 }, waves: [] }, everything)).toBe(
    "No light has failed or got lost.",
  );
});

test("a lost light may be tried again", () => {
  expect(whyDisabled("retry-failed", { state: "paused", tally: { lost: 1 }, waves: [] }, everything)).toBeUndefined();
  expect(consequences("retry-failed", { ...facts, state: "paused", tally: { failed: 1, lost: 2 } })).toEqual([
    "3 lights that failed, fell back or did not come back are queued again.",
  ]);
});

test("a held wave keeps a campaign from being resumed, and says what to do instead", () => {
  const waves = [{ name: "Canary", total: 3, state: "held" }] as const;
  expect(whyDisabled("resume", { state: "paused", tally: {}, waves }, everything)).toBe(
    "A wave is held: promote it, retry its failed lights, or cancel the campaign.",
  );
});

test("a campaign resumed before its time is said to wait for it", () => {
  expect(consequences("resume", { ...facts, state: "paused", startsOn: "23 Nov 2026, 22:00" })).toEqual([
    "It begins by itself on 23 Nov 2026, 22:00.",
  ]);
});
