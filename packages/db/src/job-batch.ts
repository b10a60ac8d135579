import type { JobChange, JobOutcome } from "@lamplighter/campaigns/campaign-store";
import { activeJobStates, finalJobStates, type Job, type JobState } from "@lamplighter/campaigns/job";
import type { NewEvent } from "./append-events.ts";

/** What the database holds of the jobs a batch touches, locked while it is judged. */
export interface BatchSnapshot {
  /** Stored fence and state, by job. */
  readonly jobs: ReadonlyMap<string, { readonly fence: number; readonly state: JobState }>;
  /** The active job of a light, by light. */
  readonly active: ReadonlyMap<string, string>;
}

/** What a batch of changes comes to: one answer per change, and the rows to write for those that go through. */
export interface BatchVerdict {
  readonly outcomes: readonly JobOutcome[];
  readonly jobs: readonly Job[];
  readonly counters: readonly CounterChange[];
  readonly attempts: readonly AttemptChange[];
  readonly events: readonly NewEvent[];
}

export interface CounterChange {
  readonly campaignId: string;
  readonly waveOrdinal: number;
  readonly state: JobState;
  readonly by: number;
}

export interface AttemptChange {
  readonly jobId: string;
  readonly number: number;
  readonly startedAt: number;
  readonly finishedAt?: number;
  readonly bytesDone: number;
  readonly finalState?: JobState;
  readonly failureCode?: string;
}

const active: ReadonlySet<JobState> = new Set(activeJobStates);
const final: ReadonlySet<JobState> = new Set(finalJobStates);

/**
 * Judges a batch as if its changes came one by one, in their order, and adds up what is to be written.
 *
 * A change with an old fence is stale; one that would make a second job drive its light is refused; neither touches
 * the others.
 */
export function judgeBatch(changes: readonly JobChange[], snapshot: BatchSnapshot): BatchVerdict {
  const known = new Map(snapshot.jobs);
  const driving = new Map(snapshot.active);
  const jobs = new Map<string, Job>();
  const counters = new Map<string, CounterChange>();
  const attempts = new Map<string, AttemptChange>();
  const events: NewEvent[] = [];

  const count = (job: Job, state: JobState, by: number) => {
    const key = JSON.stringify([job.campaignId, job.waveOrdinal, state]);
    const before = counters.get(key)?.by ?? 0;
    counters.set(key, { campaignId: job.campaignId, waveOrdinal: job.waveOrdinal, state, by: before + by });
  };

  const outcomes = changes.map((change): JobOutcome => {
    const { job, from } = change;
    const stored = known.get(job.id);
    if (stored === undefined || stored.fence !== job.fence || stored.state !== from) return { kind: "stale" };
    const driver = driving.get(job.deviceId);
    if (active.has(job.state) && driver !== undefined && driver !== job.id) return { kind: "device-busy" };

    const next: Job = { ...job, fence: job.fence + 1, updatedAt: change.at };
    known.set(job.id, { fence: next.fence, state: next.state });
    if (active.has(job.state)) driving.set(job.deviceId, job.id);
    else if (driver === job.id) driving.delete(job.deviceId);
    jobs.set(job.id, next);
    if (from !== job.state) {
      count(job, from, -1);
      count(job, job.state, 1);
    }
    const attempt = attemptOf(change);
    if (attempt !== undefined) {
      const key = `${attempt.jobId} ${attempt.number}`;
      attempts.set(key, { ...attempt, startedAt: attempts.get(key)?.startedAt ?? attempt.startedAt });
    }
    if (change.message !== "" || from !== job.state) events.push(eventOf(change));
    return { kind: "stored", job: next };
  });
  return {
    outcomes,
    jobs: [...jobs.values()],
    counters: [...counters.values()].filter((change) => change.by !== 0),
    attempts: [...attempts.values()],
    events,
  };
}

/** An attempt is touched when its job drives the light or has just ceased to. */
function attemptOf({ job, from, at }: JobChange): AttemptChange | undefined {
  if (job.attempt < 1 || !(active.has(from) || active.has(job.state))) return undefined;
  const base = { jobId: job.id, number: job.attempt, startedAt: at, bytesDone: job.bytesDone };
  if (active.has(job.state)) return base;
  return {
    ...base,
    finishedAt: at,
    // Back in the queue is not where a job ends, but it is where this attempt failed.
    finalState: final.has(job.state) ? job.state : "failed",
    ...(job.failureCode === undefined ? {} : { failureCode: job.failureCode }),
  };
}

function eventOf({ job, from, at, actor, message }: JobChange): NewEvent {
  const moved = from !== job.state;
  return {
    at,
    actor,
    kind: moved ? "job.moved" : "job.noted",
    deviceId: job.deviceId,
    campaignId: job.campaignId,
    jobId: job.id,
    message: message === "" ? `${from} → ${job.state}` : message,
    data: {
      from,
      to: job.state,
      attempt: job.attempt,
      ...(job.waitReason === undefined ? {} : { waitReason: job.waitReason }),
      ...(job.skipReason === undefined ? {} : { skipReason: job.skipReason }),
      ...(job.failureCode === undefined ? {} : { failureCode: job.failureCode }),
    },
  };
}
