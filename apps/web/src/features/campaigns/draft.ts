import { type CampaignSpec, type CampaignTarget, specDefaults, type WavePlan } from "@lamplighter/campaigns/campaign";
import type { SkipReason } from "@lamplighter/campaigns/job";
import { problemOfStart, type Start, startOf } from "./schedule";
import { problemsOfWaves, wavesOfPreset } from "./wave-plan";
import { skipPhrase } from "./words";

/** The steps of writing a campaign, in order. */
export const draftSteps = ["firmware", "target", "waves", "limits", "review"] as const;
export type DraftStep = (typeof draftSteps)[number];

/** A campaign as it is being written. Plain JSON, so that a reload finds it in the session's storage. */
export interface CampaignDraft {
  readonly name: string;
  readonly packageId: string | null;
  readonly target: CampaignTarget | null;
  readonly waves: readonly WavePlan[];
  readonly limits: Pick<
    CampaignSpec,
    "delivery" | "concurrencyMax" | "downloadDeadlineSeconds" | "returnDeadlineSeconds" | "retry" | "stop"
  >;
  readonly start: Start;
}

export function emptyDraft(): CampaignDraft {
  return {
    name: "",
    packageId: null,
    target: null,
    waves: wavesOfPreset("canary"),
    limits: specDefaults,
    start: { kind: "later" },
  };
}

/** One thing that keeps the draft from going on, at the field it belongs to. */
export interface DraftProblem {
  readonly field: string;
  readonly problem: string;
}

/** What the server found wrong with the draft as a whole. */
export interface Resolution {
  /** Lights that would be updated. */
  readonly included: number;
  readonly problems: readonly string[];
}

/** Everything wrong at one step. `resolution` is the server's preview, undefined while it is not there. */
export function problemsOfStep(
  step: DraftStep,
  draft: CampaignDraft,
  { now, resolution }: { readonly now: Date; readonly resolution?: Resolution | undefined },
): readonly DraftProblem[] {
  switch (step) {
    case "firmware":
      return draft.packageId ? [] : [{ field: "package", problem: "Choose the firmware to send." }];
    case "target":
      return problemsOfTarget(draft.target, resolution);
    case "waves":
      return problemsOfWaves(draft.waves).map(({ index, problem }) => ({ field: `wave-${index}`, problem }));
    case "limits":
      return problemsOfLimits(draft, now);
    case "review": {
      const name = draft.name.trim() ? [] : [{ field: "name", problem: "Give the campaign a name." }];
      return [...name, ...(resolution?.problems ?? []).map((problem) => ({ field: "preview", problem }))];
    }
  }
}

/** The first step that still has a problem; nobody may be beyond it. `review` when all is well. */
export function furthestStep(draft: CampaignDraft, now: Date): DraftStep {
  return draftSteps.find((step) => step !== "review" && problemsOfStep(step, draft, { now }).length > 0) ?? "review";
}

/** The step to show for what the address asks: never beyond the first that has a problem. */
export function stepShown(asked: DraftStep, draft: CampaignDraft, now: Date): DraftStep {
  const furthest = furthestStep(draft, now);
  return draftSteps.indexOf(asked) <= draftSteps.indexOf(furthest) ? asked : furthest;
}

/** What is asked of the server, without the name. Undefined until a firmware is chosen; a target not yet chosen means all lights. */
export function planOf(draft: CampaignDraft) {
  if (!draft.packageId || problemsOfWaves(draft.waves).length > 0) return undefined;
  return {
    packageId: draft.packageId,
    target: draft.target ?? { kind: "query" as const, query: {} },
    waves: draft.waves.map(({ name, ...rest }) => ({ ...rest, name: name.trim() })),
    ...draft.limits,
    ...startOf(draft.start),
  };
}

/** Reads what an earlier page left in the session's storage. Anything unexpected is no draft, and no error either. */
export function readDraft(stored: string | null): CampaignDraft | undefined {
  if (!stored) return undefined;
  try {
    const found = JSON.parse(stored) as Partial<CampaignDraft> | null;
    if (!found || typeof found !== "object" || !Array.isArray(found.waves) || !found.limits || !found.start)
      return undefined;
    return { ...emptyDraft(), ...found };
  } catch {
    // Written by an older console or by hand: starting afresh is right.
    return undefined;
  }
}

/** The one sentence a person confirms. */
export function confirmingSentence(resolved: {
  readonly version: string;
  readonly matched: number;
  readonly included: number;
  readonly waves: number;
  readonly skipped: readonly { readonly reason: SkipReason; readonly lights: number }[];
}): string {
  const { version, matched, included, waves, skipped } = resolved;
  const lights = (count: number) => `${count.toLocaleString("en")} light${count === 1 ? "" : "s"}`;
  const skippedLights = skipped.reduce((sum, each) => sum + each.lights, 0);
  const head = `This sends ${version} to ${included.toLocaleString("en")} of ${lights(matched)} in ${waves} wave${waves === 1 ? "" : "s"}`;
  if (skippedLights === 0) return `${head}; none is skipped.`;
  const reasons = skipped.map(({ reason, lights: count }) => skipPhrase(reason, count)).join("; ");
  return `${head}; ${skippedLights.toLocaleString("en")} ${skippedLights === 1 ? "is" : "are"} skipped: ${reasons}.`;
}

function problemsOfTarget(target: CampaignTarget | null, resolution?: Resolution): readonly DraftProblem[] {
  if (!target) return [{ field: "target", problem: "Choose which lights to update." }];
  if (target.kind === "group" && target.groupId === "") return [{ field: "target", problem: "Choose a group." }];
  if (target.kind === "devices" && target.deviceIds.length === 0) {
    return [{ field: "target", problem: "Choose at least one light." }];
  }
  if (resolution?.included === 0) {
    return [{ field: "target", problem: resolution.problems[0] ?? "None of these lights can take this firmware." }];
  }
  return [];
}

function problemsOfLimits({ limits, start }: CampaignDraft, now: Date): readonly DraftProblem[] {
  const week = 7 * 24 * 3_600;
  const { retry, stop } = limits;
  const rules: readonly [field: string, fits: boolean, problem: string][] = [
    ["concurrencyMax", whole(limits.concurrencyMax, 1, 1_000), "Between 1 and 1,000 lights at a time."],
    ["downloadDeadlineSeconds", whole(limits.downloadDeadlineSeconds, 10, week), "Between 10 seconds and 7 days."],
    ["returnDeadlineSeconds", whole(limits.returnDeadlineSeconds, 5, week), "Between 5 seconds and 7 days."],
    ["attemptsMax", whole(retry.attemptsMax, 1, 20), "Between 1 and 20 attempts."],
    ["backoffSeconds", within(retry.backoffSeconds, 0, 86_400), "Between 0 seconds and 24 hours."],
    ["backoffFactor", within(retry.backoffFactor, 1, 10), "Between 1 and 10 times."],
    ["failedPercentMax", within(stop.failedPercentMax, 0, 100), "Between 0 and 100 %."],
    ["lostMax", whole(stop.lostMax, 0, 1_000_000), "A whole number of lights, from 0 on."],
  ];
  const found = rules.filter(([, fits]) => !fits).map(([field, , problem]) => ({ field, problem }));
  const late = problemOfStart(start, now);
  return late ? [...found, { field: "start", problem: late }] : found;
}

function whole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && within(value, min, max);
}

function within(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}
