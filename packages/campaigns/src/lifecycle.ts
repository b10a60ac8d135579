import type { CampaignState } from "./campaign.ts";
import type { JobState } from "./job.ts";
import type { WaveState } from "./wave.ts";

/**
 * Which state may follow which. Whatever a person, the engine or a light does, a campaign moves along these tables and
 * in no other way; the store in memory holds every test to them.
 *
 * `soaking` and `expired` are kept for waves that wait out a night and campaigns with a last day; nothing leads there yet.
 */
export const campaignSuccessors = {
  draft: ["scheduled", "running"],
  // Paused when everything is stopped, so that nothing begins by itself.
  scheduled: ["running", "paused", "cancelling"],
  running: ["paused", "completed", "cancelling"],
  // Back to scheduled where its time has not come yet; completed where nothing was left to hold back.
  paused: ["running", "scheduled", "completed", "cancelling"],
  // By trying failed lights again.
  completed: ["running"],
  cancelling: ["cancelled"],
  cancelled: [],
  expired: [],
} as const satisfies Record<CampaignState, readonly CampaignState[]>;

/** See {@link campaignSuccessors}. A wave goes back to `active` when its failed lights are tried again. */
export const waveSuccessors = {
  pending: ["active"],
  active: ["passed", "held"],
  soaking: [],
  passed: ["active"],
  held: ["passed", "active"],
} as const satisfies Record<WaveState, readonly WaveState[]>;

/**
 * See {@link campaignSuccessors}. Forward one step at a time where we lead; further where the light did something by
 * itself, or while no server was there to see it.
 */
export const jobSuccessors = {
  planned: ["queued", "cancelled"],
  queued: ["preparing", "cancelled"],
  skipped: [],
  preparing: ["downloading", "succeeded", "queued", "failed", "cancelled"],
  // Back to preparing after a restart of ours: what is there is reset, and the download begins again.
  downloading: [
    "downloaded",
    "preparing",
    "awaiting-return",
    "verifying",
    "succeeded",
    "queued",
    "failed",
    "cancelled",
  ],
  downloaded: [
    "installing",
    "awaiting-return",
    "verifying",
    "succeeded",
    "rolled-back",
    "queued",
    "failed",
    "cancelled",
  ],
  // Back to downloaded only after a restart of ours, when the light provably never got its Execute, or put it off.
  installing: ["awaiting-return", "verifying", "downloaded", "succeeded", "rolled-back", "lost", "queued", "failed"],
  "awaiting-return": ["verifying", "downloaded", "succeeded", "rolled-back", "lost", "queued", "failed"],
  verifying: ["awaiting-return", "downloaded", "succeeded", "rolled-back", "lost", "queued", "failed"],
  succeeded: ["rolled-back"],
  failed: ["queued"],
  "rolled-back": ["queued"],
  // A light that comes back is looked at again; in a campaign that has ended, with one look and no further step.
  lost: ["verifying", "succeeded", "rolled-back", "failed", "queued"],
  cancelled: [],
  expired: [],
} as const satisfies Record<JobState, readonly JobState[]>;

/** Whether a table lets `to` follow `from`. Staying is always allowed: reasons and figures change within a state. */
export function mayFollow<State extends string>(
  successors: Readonly<Record<State, readonly State[]>>,
  from: State,
  to: State,
): boolean {
  return from === to || successors[from].includes(to);
}
