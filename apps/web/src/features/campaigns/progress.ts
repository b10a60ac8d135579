import { activeJobStates, type JobState } from "@lamplighter/campaigns/job";

/** How a person reads a campaign: every job state belongs to exactly one of these. */
export type SegmentKey = "succeeded" | "running" | "waiting" | "failed" | "lost" | "stopped" | "skipped";

/** One stretch of a progress bar, and the counter under it. */
export interface Segment {
  readonly key: SegmentKey;
  readonly label: string;
  readonly states: readonly JobState[];
  readonly lights: number;
  /** Share of all lights the campaign is for, in percent, unrounded: for widths, never for text. */
  readonly width: number;
}

export interface Progress {
  readonly segments: readonly Segment[];
  /** Lights the campaign is for: everything but the skipped. */
  readonly included: number;
  readonly succeeded: number;
  /** Lights whose job has ended, whatever the end. */
  readonly finished: number;
  /** Truncated: 999 of 1,000 never reads 100. */
  readonly succeededPercent: number;
  readonly finishedPercent: number;
}

/** Lights per job state; absent means zero. */
type Tally = Readonly<Partial<Record<JobState, number>>>;

const segments = [
  { key: "succeeded", label: "Succeeded", states: ["succeeded"] },
  { key: "running", label: "Running", states: activeJobStates },
  { key: "waiting", label: "Waiting", states: ["queued", "planned"] },
  { key: "failed", label: "Failed", states: ["failed", "rolled-back"] },
  { key: "lost", label: "Lost", states: ["lost"] },
  { key: "stopped", label: "Stopped", states: ["cancelled", "expired"] },
  { key: "skipped", label: "Skipped", states: ["skipped"] },
] as const satisfies readonly { key: SegmentKey; label: string; states: readonly JobState[] }[];

/** The states a counter stands for, so that a click on it can ask for those lights. */
export const statesOfSegment = Object.fromEntries(segments.map(({ key, states }) => [key, states])) as Readonly<
  Record<SegmentKey, readonly JobState[]>
>;

/** Turns counters into what a progress bar draws. Adds up; never estimates. */
export function progressOf(tally: Tally): Progress {
  const total = sum(tally, Object.keys(tally) as JobState[]);
  const included = total - (tally.skipped ?? 0);
  const counted = segments.map(({ key, label, states }) => {
    const lights = sum(tally, states);
    const width = key === "skipped" || included === 0 ? 0 : (lights / included) * 100;
    return { key, label, states, lights, width };
  });
  const succeeded = tally.succeeded ?? 0;
  const unfinished = sum(tally, [...statesOfSegment.running, ...statesOfSegment.waiting]);
  const finished = included - unfinished;
  return {
    segments: counted,
    included,
    succeeded,
    finished,
    succeededPercent: truncatedPercent(succeeded, included),
    finishedPercent: truncatedPercent(finished, included),
  };
}

/** Whole percent, rounded down, so that 100 means all of them. 0 of 0 is 0. */
export function truncatedPercent(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.floor((part * 100) / whole);
}

/** What the running lights are doing, in the order of the work; states without lights are left out. */
export function phasesOf(tally: Tally): readonly { readonly state: JobState; readonly lights: number }[] {
  return activeJobStates.map((state) => ({ state, lights: tally[state] ?? 0 })).filter(({ lights }) => lights > 0);
}

function sum(tally: Tally, states: readonly JobState[]): number {
  return states.reduce((lights, state) => lights + (tally[state] ?? 0), 0);
}
