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

/** The states a counter stands for, so that a click on it can ask for those lights. In the order they are shown. */
export const statesOfSegment: Readonly<Record<SegmentKey, readonly JobState[]>> = {
  succeeded: ["succeeded"],
  running: activeJobStates,
  waiting: ["queued", "planned"],
  failed: ["failed", "rolled-back"],
  lost: ["lost"],
  stopped: ["cancelled", "expired"],
  skipped: ["skipped"],
};

const segmentWords: Readonly<Record<SegmentKey, string>> = {
  succeeded: "Succeeded",
  running: "Running",
  waiting: "Waiting",
  failed: "Failed",
  lost: "Lost",
  stopped: "Stopped",
  skipped: "Skipped",
};

const segmentKeys = Object.keys(statesOfSegment) as readonly SegmentKey[];

/** Turns counters into what a progress bar draws. Adds up; never estimates. */
export function progressOf(tally: Tally): Progress {
  const total = sum(tally, Object.keys(tally) as JobState[]);
  const included = total - (tally.skipped ?? 0);
  const segments = segmentKeys.map((key) => {
    const states = statesOfSegment[key];
    const lights = sum(tally, states);
    const width = key === "skipped" || included === 0 ? 0 : (lights / included) * 100;
    return { key, label: segmentWords[key], states, lights, width };
  });
  const succeeded = tally.succeeded ?? 0;
  const unfinished = sum(tally, [...statesOfSegment.running, ...statesOfSegment.waiting]);
  const finished = included - unfinished;
  return {
    segments,
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
