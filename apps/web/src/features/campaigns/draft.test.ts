import { expect, test } from "vitest";
import {
  type CampaignDraft,
  confirmingSentence,
  emptyDraft,
  furthestStep,
  planOf,
  problemsOfStep,
  readDraft,
  stepShown,
} from "./draft";
import { changeWave } from "./wave-plan";

const now = new Date("2026-06-01T12:00:00Z");
const complete: CampaignDraft = {
  ...emptyDraft(),
  name: "Spring update",
  packageId: "p1",
  target: { kind: "group", groupId: "g1" },
};

test("an empty draft asks for the firmware first", () => {
  expect(furthestStep(emptyDraft(), now)).toBe("firmware");
  expect(problemsOfStep("firmware", emptyDraft(), { now })).toEqual([
    { field: "package", problem: "Choose the firmware to send." },
  ]);
});

test("an address that asks for a later step shows the first with a problem", () => {
  const draft = { ...complete, target: null };
  expect(stepShown("review", draft, now)).toBe("target");
  expect(stepShown("firmware", draft, now)).toBe("firmware");
  expect(stepShown("review", complete, now)).toBe("review");
});

test("no lights chosen is a problem of the target step", () => {
  const draft: CampaignDraft = { ...complete, target: { kind: "devices", deviceIds: [] } };
  expect(problemsOfStep("target", draft, { now })).toEqual([
    { field: "target", problem: "Choose at least one light." },
  ]);
});

test("a target of which no light can take the firmware is refused where it is chosen", () => {
  const resolution = { included: 0, problems: ["All 3 lights run this version already."] };
  expect(problemsOfStep("target", complete, { now, resolution })).toEqual([
    { field: "target", problem: "All 3 lights run this version already." },
  ]);
  expect(problemsOfStep("target", complete, { now, resolution: { included: 1, problems: [] } })).toEqual([]);
});

test("limits outside what the server accepts are named at their field", () => {
  const draft: CampaignDraft = {
    ...complete,
    limits: {
      ...complete.limits,
      concurrencyMax: 0,
      retry: { attemptsMax: Number.NaN, backoffSeconds: 1, backoffFactor: 2 },
    },
  };
  expect(problemsOfStep("limits", draft, { now }).map(({ field }) => field)).toEqual(["concurrencyMax", "attemptsMax"]);
});

test("a start that has passed is refused, and so is a time that is not on the clock", () => {
  for (const local of ["2020-01-01T00:00", "2027-02-30T10:00", ""]) {
    const draft: CampaignDraft = { ...complete, start: { kind: "at", local } };
    expect(problemsOfStep("limits", draft, { now }), local).toMatchObject([{ field: "start" }]);
  }
});

test("the review shows what the server found wrong, and asks for a name", () => {
  const draft = { ...complete, name: "  " };
  const resolution = { included: 0, problems: ["No light matches this target."] };
  expect(problemsOfStep("review", draft, { now, resolution }).map(({ problem }) => problem)).toEqual([
    "Give the campaign a name.",
    "No light matches this target.",
  ]);
});

test("before a target is chosen the preview is for all lights", () => {
  expect(planOf({ ...complete, target: null })?.target).toEqual({ kind: "query", query: {} });
  expect(planOf(emptyDraft())).toBeUndefined();
});

test("waves with a problem are never sent", () => {
  expect(planOf({ ...complete, waves: changeWave(complete.waves, 0, { percent: Number.NaN }) })).toBeUndefined();
});

test("a chosen time travels as an instant", () => {
  const local = "2030-05-05T22:30";
  expect(planOf({ ...complete, start: { kind: "at", local } })).toMatchObject({
    startNow: false,
    startAt: new Date(local).toISOString(),
  });
});

test("a reload finds the draft again, and rubbish is no draft", () => {
  expect(readDraft(JSON.stringify(complete))).toEqual(complete);
  for (const rubbish of [null, "", "{", "null", "[]", '{"waves":1}']) expect(readDraft(rubbish)).toBeUndefined();
});

test("the confirming sentence names version, lights, waves and who is skipped", () => {
  const skipped = [
    { reason: "already-current", lights: 2 },
    { reason: "incompatible", lights: 1 },
  ] as const;
  expect(confirmingSentence({ version: "2.1.0", matched: 60, included: 57, waves: 3, skipped })).toBe(
    "This sends 2.1.0 to 57 of 60 lights in 3 waves; 3 are skipped: 2 run this version already; 1 is of another model or hardware revision.",
  );
  expect(confirmingSentence({ version: "2.1.0", matched: 1, included: 1, waves: 1, skipped: [] })).toBe(
    "This sends 2.1.0 to 1 of 1 light in 1 wave; none is skipped.",
  );
});
