import type { JobState } from "@lamplighter/campaigns/job";
import { z } from "zod";

const words = {
  planned: true,
  queued: true,
  skipped: true,
  preparing: true,
  downloading: true,
  downloaded: true,
  installing: true,
  "awaiting-return": true,
  verifying: true,
  succeeded: true,
  failed: true,
  "rolled-back": true,
  lost: true,
  cancelled: true,
  expired: true,
} as const satisfies Record<JobState, true>;

/** All job states. Written as a record so that a new state cannot be forgotten here. */
export const jobStates = Object.keys(words) as readonly JobState[];
export const jobState = z.enum(jobStates as [JobState, ...JobState[]]);
