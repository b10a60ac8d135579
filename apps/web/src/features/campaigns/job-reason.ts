import type { JobView } from "@lamplighter/api/views";
import { failureWords, skipReasonWords, waitReasonWords } from "@/features/campaigns/words";

/** Why a light is where it is, in words: the server's sentence where there is one. */
export function reasonOf(job: JobView): string | undefined {
  const { detail, state, failureCode, waitReason, skipReason } = job;
  if (detail) return detail;
  if (failureCode) return failureWords[failureCode];
  if (state === "lost" || state === "rolled-back") return failureWords[state];
  if (waitReason) return waitReasonWords[waitReason];
  if (state === "planned") return "Waits for its wave";
  return skipReason ? skipReasonWords[skipReason] : undefined;
}
