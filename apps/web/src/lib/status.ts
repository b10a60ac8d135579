import type { CampaignState, PauseReason } from "@lamplighter/campaigns/campaign";
import type { Presence } from "@lamplighter/campaigns/device-query";
import type { JobState } from "@lamplighter/campaigns/job";
import type { WaveState } from "@lamplighter/campaigns/wave";
import {
  Ban,
  CalendarClock,
  CircleCheck,
  CircleDashed,
  CircleDot,
  CirclePause,
  CirclePlay,
  CircleX,
  Clock,
  Cog,
  Download,
  Hourglass,
  type LucideIcon,
  Moon,
  PencilLine,
  RotateCw,
  SearchCheck,
  SearchX,
  SkipForward,
  TimerOff,
  Undo2,
  UserPlus,
  WifiOff,
} from "lucide-react";
import type { Tone } from "@/ui/badge";

/** How a state looks: the same icon, word and tone wherever it appears. */
export interface StatusLook {
  readonly word: string;
  readonly tone: Tone;
  readonly icon: LucideIcon;
  /** A sentence for the tooltip. */
  readonly meaning: string;
}

export const presenceLooks: Readonly<Record<Presence, StatusLook>> = {
  online: { word: "Online", tone: "good", icon: CircleCheck, meaning: "Registered, and can be reached now." },
  sleeping: { word: "Sleeping", tone: "busy", icon: Moon, meaning: "Registered; it hears us when it wakes up next." },
  offline: { word: "Offline", tone: "bad", icon: WifiOff, meaning: "Its registration ended and it has not come back." },
  pending: { word: "Pending", tone: "wait", icon: UserPlus, meaning: "Wants to register; a person has to accept it." },
  never: {
    word: "Never seen",
    tone: "idle",
    icon: CircleDashed,
    meaning: "In the inventory, but has not registered yet.",
  },
};

export const jobLooks: Readonly<Record<JobState, StatusLook>> = {
  planned: { word: "Planned", tone: "idle", icon: CircleDashed, meaning: "Its wave has not started." },
  queued: { word: "Queued", tone: "wait", icon: Clock, meaning: "Waits for its turn." },
  skipped: { word: "Skipped", tone: "idle", icon: SkipForward, meaning: "Not updated, for a stated reason." },
  preparing: {
    word: "Preparing",
    tone: "busy",
    icon: SearchCheck,
    meaning: "Reading what the light runs and whether it is ready.",
  },
  downloading: { word: "Downloading", tone: "busy", icon: Download, meaning: "The image is on its way to the light." },
  downloaded: {
    word: "Downloaded",
    tone: "busy",
    icon: CircleDot,
    meaning: "The image is on the light and not yet installed.",
  },
  installing: { word: "Installing", tone: "busy", icon: Cog, meaning: "The light was told to install." },
  "awaiting-return": {
    word: "Awaiting return",
    tone: "busy",
    icon: RotateCw,
    meaning: "The light restarts; it should register again.",
  },
  verifying: { word: "Verifying", tone: "busy", icon: SearchCheck, meaning: "Back; checking which version it runs." },
  succeeded: { word: "Succeeded", tone: "good", icon: CircleCheck, meaning: "Runs the expected version." },
  failed: { word: "Failed", tone: "bad", icon: CircleX, meaning: "The update ended with an error." },
  "rolled-back": { word: "Rolled back", tone: "bad", icon: Undo2, meaning: "Runs the old version again." },
  lost: { word: "Lost", tone: "lost", icon: SearchX, meaning: "Did not return after the install." },
  cancelled: { word: "Cancelled", tone: "idle", icon: Ban, meaning: "Cancelled before it was installed." },
  expired: { word: "Expired", tone: "idle", icon: TimerOff, meaning: "The campaign ended before it was installed." },
};

export const campaignLooks: Readonly<Record<CampaignState, StatusLook>> = {
  draft: { word: "Draft", tone: "idle", icon: PencilLine, meaning: "Written, not started." },
  scheduled: { word: "Scheduled", tone: "busy", icon: CalendarClock, meaning: "Starts by itself at its time." },
  running: { word: "Running", tone: "busy", icon: CirclePlay, meaning: "Lights are being updated." },
  paused: {
    word: "Paused",
    tone: "wait",
    icon: CirclePause,
    meaning: "Nothing new starts; installs that began run to the end.",
  },
  completed: { word: "Completed", tone: "good", icon: CircleCheck, meaning: "Every light has its result." },
  cancelling: {
    word: "Cancelling",
    tone: "wait",
    icon: Hourglass,
    meaning: "Installs that began run to the end, then it is cancelled.",
  },
  cancelled: { word: "Cancelled", tone: "idle", icon: Ban, meaning: "Stopped for good." },
  expired: { word: "Expired", tone: "idle", icon: TimerOff, meaning: "Its time ran out." },
};

export const waveLooks: Readonly<Record<WaveState, StatusLook>> = {
  pending: { word: "Pending", tone: "idle", icon: CircleDashed, meaning: "Waits for the wave before it." },
  active: { word: "Active", tone: "busy", icon: CirclePlay, meaning: "Its lights are being updated." },
  soaking: {
    word: "Soaking",
    tone: "busy",
    icon: Hourglass,
    meaning: "All lights have results; time must show that they last.",
  },
  passed: { word: "Passed", tone: "good", icon: CircleCheck, meaning: "Its gate let the next wave start." },
  held: { word: "Held", tone: "wait", icon: CirclePause, meaning: "Its gate did not pass; a person must decide." },
};

export const pauseReasonWords: Readonly<Record<PauseReason, string>> = {
  operator: "by an operator",
  failures: "too many failures",
  lost: "too many lost lights",
  "wave-held": "a wave is held",
  "package-revoked": "its package was revoked",
  "stop-everything": "everything was stopped",
};

/** Lights per job state in the order and tones of a progress bar. */
export function progressParts(tally: Readonly<Partial<Record<JobState, number>>>) {
  const sum = (...states: JobState[]) => states.reduce((total, state) => total + (tally[state] ?? 0), 0);
  return [
    { tone: "good" as const, value: sum("succeeded"), label: "succeeded" },
    {
      tone: "busy" as const,
      value: sum("preparing", "downloading", "downloaded", "installing", "awaiting-return", "verifying"),
      label: "in work",
    },
    { tone: "bad" as const, value: sum("failed", "rolled-back"), label: "failed" },
    { tone: "lost" as const, value: sum("lost"), label: "lost" },
    { tone: "idle" as const, value: sum("skipped", "cancelled", "expired"), label: "left out" },
  ];
}
