import type { FailureCode, SkipReason, WaitReason } from "@lamplighter/campaigns/job";

/** What each word means, for people. Written as records, so that a new word cannot be forgotten. */
export const waitSentences: Readonly<Record<WaitReason, string>> = {
  slot: "Waits for its turn: as many lights as this campaign allows are being updated already.",
  offline: "Waits for the light to come back: it is not registered now.",
  asleep: "Waits for the light to wake: it sleeps between its messages, to save power.",
  backoff: "Waits before it is tried again.",
  "other-campaign": "Waits for another campaign that is updating this light.",
  paused: "Waits because the campaign is paused.",
  deferred: "The light itself put the installation off.",
};

export const skipSentences: Readonly<Record<SkipReason, string>> = {
  "already-current": "Runs this version already.",
  incompatible: "The firmware is not made for its model or hardware revision.",
  pending: "Waits for a person to accept it.",
  "no-firmware-object": "Cannot be updated: it has no Firmware Update object (5).",
};

export const failureSentences: Readonly<Record<FailureCode | "lost" | "rolled-back", string>> = {
  "no-flash": "Not enough flash memory for the image (result 2).",
  "no-memory": "Ran out of memory while downloading (result 3).",
  "connection-lost": "The connection was lost while downloading (result 4).",
  integrity: "The image arrived damaged: its checksum does not fit (result 5).",
  "wrong-type": "The light does not take this kind of package (result 6).",
  "invalid-uri": "The light cannot use the download address (result 7).",
  "update-failed": "The light could not install the image (result 8).",
  "unsupported-protocol": "The light cannot download by this protocol (result 9).",
  "cancelled-by-device": "The light cancelled the update itself (result 10).",
  "download-deadline": "The image was not on the light in time.",
  refused: "The light refused an operation.",
  "wrong-version": "Came back with a version that is neither the old nor the expected one.",
  malformed: "The light's answers cannot be read.",
  lost: "Has not come back since it was told to install.",
  "rolled-back": "Went back to its old version.",
};
