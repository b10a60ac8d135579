import type { FirmwareDelivery } from "@lamplighter/lwm2m/firmware-update";

/** Where one light stands in one campaign (the words of the handbook's GLOSSARY.md). */
export type JobState =
  | "planned"
  | "queued"
  | "skipped"
  | "preparing"
  | "downloading"
  | "downloaded"
  | "installing"
  | "awaiting-return"
  | "verifying"
  | "succeeded"
  | "failed"
  | "rolled-back"
  | "lost"
  | "cancelled"
  | "expired";

/** States in which a job drives its light. A light has at most one such job, held by a partial unique index. */
export const activeJobStates = [
  "preparing",
  "downloading",
  "downloaded",
  "installing",
  "awaiting-return",
  "verifying",
] as const satisfies readonly JobState[];

/** States that end a job. `lost` and `succeeded` may still be revised by what the light shows later. */
export const finalJobStates = [
  "skipped",
  "succeeded",
  "failed",
  "rolled-back",
  "lost",
  "cancelled",
  "expired",
] as const satisfies readonly JobState[];

/** Ends that a light came to by what it did. The last of them says what runs on it. */
export const endedByLight = ["succeeded", "failed", "rolled-back", "lost"] as const satisfies readonly JobState[];

export type SkipReason = "already-current" | "incompatible" | "pending" | "no-firmware-object";

/** Why a queued or held light waits: the most useful text on a campaign's screen. */
export type WaitReason = "slot" | "offline" | "asleep" | "backoff" | "other-campaign" | "paused" | "deferred";

export type FailureCode =
  | "no-flash" // Update Result 2
  | "no-memory" // 3
  | "connection-lost" // 4, or our transfer broke
  | "integrity" // 5
  | "wrong-type" // 6
  | "invalid-uri" // 7
  | "update-failed" // 8
  | "unsupported-protocol" // 9
  | "cancelled-by-device" // 10
  | "download-deadline" // our deadline passed before the image was on the light
  | "refused" // the light answered an operation with an error
  | "wrong-version" // came back with a version that is neither the old nor the expected one
  | "malformed"; // the light's answers cannot be read

/** One light's job, as stored. Times are milliseconds since the epoch. */
export interface Job {
  readonly id: string;
  readonly campaignId: string;
  readonly waveOrdinal: number;
  readonly deviceId: string;
  readonly endpoint: string;
  readonly state: JobState;
  readonly skipReason?: SkipReason;
  readonly waitReason?: WaitReason;
  readonly failureCode?: FailureCode;
  /** A sentence for people: what was seen, and where. */
  readonly detail?: string;
  /** Counts from 1 once the first attempt was begun; 0 before. */
  readonly attempt: number;
  readonly deadlineAt?: number;
  readonly nextAttemptAt?: number;
  readonly fromVersion?: string;
  readonly expectedVersion: string;
  readonly bytesDone: number;
  /** Set, and stored, before Execute is sent: after a restart it says that Execute may have been sent. */
  readonly executeIntended: boolean;
  /** An Update Result from before this attempt that the light would not let go of: not taken for the one to come. */
  readonly staleResult?: number;
  /** How the image of this attempt goes to the light; absent until that was chosen. */
  readonly delivery?: FirmwareDelivery;
  /** Grows with every stored change; a writer that holds an old one is refused. */
  readonly fence: number;
  /** The server node that drives it. */
  readonly node?: string;
  readonly updatedAt: number;
}
