import type { PauseReason } from "@lamplighter/campaigns/campaign";
import type { FailureCode, SkipReason, WaitReason } from "@lamplighter/campaigns/job";
import type { HeldReason } from "@lamplighter/campaigns/wave";

/** Why a campaign stands still, as its headline says it. */
export const pauseReasonSentences: Readonly<Record<PauseReason, string>> = {
  operator: "Paused by a person.",
  failures: "Paused by itself: too many lights failed.",
  lost: "Paused by itself: too many lights did not come back.",
  "wave-held": "Paused: a wave is held and waits for a decision.",
  "package-revoked": "Paused: its firmware was revoked.",
  "stop-everything": "Paused by “stop everything”.",
};

export const heldReasonSentences: Readonly<Record<HeldReason, string>> = {
  failed: "It did not pass its gate.",
  undecided: "Too few lights have answered to tell whether it passes.",
  manual: "It passed and waits for a person to promote it.",
};

/** What waiting lights wait for, after "2 lights wait". */
const waitPhrases: Readonly<Record<WaitReason, string>> = {
  slot: "for a free slot",
  offline: "to come online",
  asleep: "to wake up",
  backoff: "before they are tried again",
  "other-campaign": "for another campaign that updates them",
  paused: "because the campaign is paused",
  deferred: "because they put the installation off",
};

/** Says how many lights wait, and for what. */
export function waitSentence(reason: WaitReason, lights: number): string {
  return `${lights.toLocaleString("en-GB")} ${lights === 1 ? "light waits" : "lights wait"} ${waitPhrases[reason]}.`;
}

/** Reasons as short names, for filters and cells; the sentences come from the server. */
export const waitReasonWords: Readonly<Record<WaitReason, string>> = {
  slot: "Waits for a free slot",
  offline: "Offline",
  asleep: "Sleeping",
  backoff: "Waits before the next attempt",
  "other-campaign": "Busy with another campaign",
  paused: "Campaign is paused",
  deferred: "Put off by the light",
};

export const skipReasonWords: Readonly<Record<SkipReason, string>> = {
  "already-current": "Runs this version already",
  incompatible: "Other model or hardware",
  pending: "Not accepted yet",
  "no-firmware-object": "Cannot update over the air",
};

/** Says how many lights are left out, and why, as part of a longer sentence. */
export function skipPhrase(reason: SkipReason, lights: number): string {
  const one = lights === 1;
  const number = lights.toLocaleString("en-GB");
  switch (reason) {
    case "already-current":
      return `${number} ${one ? "runs" : "run"} this version already`;
    case "incompatible":
      return `${number} ${one ? "is" : "are"} of another model or hardware revision`;
    case "pending":
      return `${number} ${one ? "waits" : "wait"} to be accepted`;
    case "no-firmware-object":
      return `${number} cannot be updated over the air`;
  }
}

export const failureWords: Readonly<Record<FailureCode | "lost" | "rolled-back", string>> = {
  "no-flash": "Not enough flash",
  "no-memory": "Not enough memory",
  "connection-lost": "Connection lost",
  integrity: "Integrity check failed",
  "wrong-type": "Unsupported image",
  "invalid-uri": "Invalid address",
  "update-failed": "Update failed",
  "unsupported-protocol": "Unsupported protocol",
  "cancelled-by-device": "Cancelled by the light",
  "download-deadline": "Download too slow",
  refused: "Refused by the light",
  "wrong-version": "Wrong version afterwards",
  malformed: "Unreadable answers",
  lost: "Did not come back",
  "rolled-back": "Fell back to the old version",
};
