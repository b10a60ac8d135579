import type { CampaignSpec, CampaignState, PauseReason } from "./campaign.ts";
import type { Job, JobState, SkipReason } from "./job.ts";
import type { HeldReason, WaveState } from "./wave.ts";

/**
 * Where campaigns live. Implemented in memory here and in SQL by the database package; both pass `campaign-store.contract.ts`.
 *
 * The law: a job, the counters it moves between, its attempt and its event are written in ONE transaction, or not at all.
 */
export interface CampaignStore {
  /** Writes a draft with its frozen targets: waves, one job per target (planned or skipped), counters, one event. */
  create(campaign: NewCampaign): Promise<void>;
  find(campaignId: string): Promise<StoredCampaign | undefined>;
  /** Campaigns the orchestrator must look at: scheduled, running, paused or cancelling, with their waves and counters. */
  unfinished(): Promise<readonly StoredCampaign[]>;
  /** Jobs of one campaign in the given states, oldest first, at most `limit`. */
  jobs(filter: JobFilter): Promise<readonly Job[]>;
  /** The active job of a light, in whatever campaign. */
  activeJobOf(deviceId: string): Promise<Job | undefined>;
  /** Of each light the job that it ended last, where that is lost or succeeded: latest first, at most `limit`. */
  endedLast(limit: number): Promise<readonly Job[]>;
  /** Keeps what a person has seen and goes on after. */
  accept(campaignId: string, accepted: Accepted): Promise<void>;
  /** Moves a campaign if its state is still `from`. Returns false when somebody else was faster. */
  moveCampaign(change: CampaignChange): Promise<boolean>;
  moveWave(change: WaveChange): Promise<boolean>;
  /**
   * Stores many job changes together (group commit), each with counters, attempt and event. A change whose fence is not
   * the stored one, or whose light already has an active job elsewhere, is refused alone; the others go through.
   */
  moveJobs(changes: readonly JobChange[]): Promise<readonly JobOutcome[]>;
}

export interface NewCampaign {
  readonly id: string;
  readonly name: string;
  readonly spec: CampaignSpec;
  readonly createdBy: string;
  readonly at: number;
  readonly waves: readonly { ordinal: number; name: string; total: number }[];
  readonly targets: readonly NewTarget[];
}

export interface NewTarget {
  readonly jobId: string;
  readonly deviceId: string;
  readonly endpoint: string;
  readonly waveOrdinal: number;
  readonly expectedVersion: string;
  readonly fromVersion?: string;
  readonly skipReason?: SkipReason;
}

/** Failures that a person has seen and gone on after: the stop rules speak again only when there are more. */
export interface Accepted {
  readonly failures: number;
  readonly lost: number;
}

export const nothingAccepted: Accepted = { failures: 0, lost: 0 };

export interface StoredCampaign {
  readonly id: string;
  readonly name: string;
  readonly spec: CampaignSpec;
  readonly state: CampaignState;
  readonly pauseReason?: PauseReason;
  /** A sentence: who paused or cancelled it, or which figure did. */
  readonly stateDetail?: string;
  readonly outcome?: "clean" | "with-failures";
  readonly createdBy: string;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly accepted: Accepted;
  /** Its firmware is handed out no more, as the package stands now. */
  readonly isPackageRevoked: boolean;
  readonly waves: readonly StoredWave[];
}

export interface StoredWave {
  readonly ordinal: number;
  readonly name: string;
  readonly state: WaveState;
  readonly heldReason?: HeldReason;
  readonly total: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** Lights in each state. Exact: written with the jobs. They add up to `total`. */
  readonly counters: Readonly<Partial<Record<JobState, number>>>;
}

export interface JobFilter {
  readonly campaignId: string;
  readonly states?: readonly JobState[];
  readonly waveOrdinal?: number;
  /** Only jobs whose nextAttemptAt is absent or not after this instant. */
  readonly dueBy?: number;
  readonly limit: number;
}

export interface CampaignChange {
  readonly campaignId: string;
  readonly from: CampaignState;
  readonly to: CampaignState;
  readonly at: number;
  readonly actor: string;
  readonly pauseReason?: PauseReason;
  readonly detail?: string;
  readonly outcome?: "clean" | "with-failures";
}

export interface WaveChange {
  readonly campaignId: string;
  readonly ordinal: number;
  readonly from: WaveState;
  readonly to: WaveState;
  readonly at: number;
  readonly actor: string;
  readonly heldReason?: HeldReason;
  /** The figures the gate saw, kept so that "why did it go on" can be answered. */
  readonly evaluation?: { readonly verdict: string; readonly inputs: Readonly<Record<string, number>> };
}

export interface JobChange {
  /** The job as it shall be, with `fence` still the one it was read with. The store writes fence + 1. */
  readonly job: Job;
  readonly from: JobState;
  readonly at: number;
  readonly actor: string;
  /** Words for the light's timeline, e.g. "The image is on the light." Empty: nothing worth an event, as for progress. */
  readonly message: string;
}

export type JobOutcome =
  | { readonly kind: "stored"; readonly job: Job }
  | { readonly kind: "stale" }
  | { readonly kind: "device-busy" };
