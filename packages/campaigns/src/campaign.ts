/** Campaign states, in the order an operator meets them (the handbook's GLOSSARY.md says what each means). */
export type CampaignState =
  | "draft"
  | "scheduled"
  | "running"
  | "paused"
  | "completed"
  | "cancelling"
  | "cancelled"
  | "expired";

/** Whether nobody attends to a campaign in this state any more. */
export function isOver(state: CampaignState): boolean {
  return state === "completed" || state === "cancelled" || state === "expired";
}

/** Why a campaign stands still. Shown beside the word "paused", always. */
export type PauseReason = "operator" | "failures" | "lost" | "wave-held" | "package-revoked" | "stop-everything";

/**
 * What an operator may do, and from where. The console reads this same table to decide which buttons are live,
 * so the screen and the server cannot disagree.
 */
export const campaignActions = {
  start: { from: ["draft", "scheduled"], to: "running" },
  schedule: { from: ["draft"], to: "scheduled" },
  pause: { from: ["scheduled", "running"], to: "paused" },
  resume: { from: ["paused"], to: "running" },
  cancel: { from: ["scheduled", "running", "paused"], to: "cancelling" },
  "retry-failed": { from: ["running", "paused", "completed"], to: "running" },
  remove: { from: ["draft"], to: "cancelled" },
} as const satisfies Record<string, { from: readonly CampaignState[]; to: CampaignState }>;

export type CampaignAction = keyof typeof campaignActions;

export function can(action: CampaignAction, state: CampaignState): boolean {
  const from: readonly CampaignState[] = campaignActions[action].from;
  return from.includes(state);
}

/** Says in words why an action is not possible now; undefined when it is. */
export function whyNot(action: CampaignAction, state: CampaignState): string | undefined {
  if (can(action, state)) return undefined;
  const from = campaignActions[action].from.join(" or ");
  return `A ${state} campaign cannot do "${action}"; it would have to be ${from}.`;
}

/** What a campaign is to do, fixed when it is written. Stored once under its sha256 and never changed. */
export interface CampaignSpec {
  readonly packageId: string;
  readonly target: CampaignTarget;
  readonly waves: readonly WavePlan[];
  /** How images go to lights that take them both ways; by push when absent. What a light says of itself binds. */
  readonly delivery?: "push" | "pull";
  /** Lights that may be between PREPARING and VERIFYING at one time. */
  readonly concurrencyMax: number;
  /** Seconds one attempt may take from PREPARING until the image is on the light. */
  readonly downloadDeadlineSeconds: number;
  /** Seconds a light may stay away after Execute before it counts as lost. */
  readonly returnDeadlineSeconds: number;
  readonly retry: RetryPolicy;
  /** Stop rules over the whole campaign; crossing one pauses it. */
  readonly stop: { readonly failedPercentMax: number; readonly lostMax: number };
  /** ISO 8601 instant; absent means "when an operator presses start". */
  readonly startAt?: string;
}

export type CampaignTarget =
  | { readonly kind: "devices"; readonly deviceIds: readonly string[] }
  | { readonly kind: "group"; readonly groupId: string }
  | { readonly kind: "query"; readonly query: import("./device-query.ts").DeviceQuery };

export interface WavePlan {
  readonly name: string;
  /** Share of all included lights, in percent; the last wave takes the remainder. */
  readonly percent: number;
  readonly gate: WaveGate;
}

/** What a wave must show before the next may start. The denominator is fixed when the wave starts. */
export interface WaveGate {
  readonly failedPercentMax: number;
  readonly lostMax: number;
  /** Smallest share of the wave that must have succeeded, in percent. */
  readonly succeededPercentMin: number;
  /** True: a person must promote the wave even when it passed. */
  readonly manual: boolean;
}

export interface RetryPolicy {
  readonly attemptsMax: number;
  readonly backoffSeconds: number;
  /** Each further wait is this many times the last. */
  readonly backoffFactor: number;
}

export const defaultGate: WaveGate = { failedPercentMax: 5, lostMax: 2, succeededPercentMin: 90, manual: false };

export const specDefaults = {
  concurrencyMax: 50,
  downloadDeadlineSeconds: 3_600,
  returnDeadlineSeconds: 900,
  retry: { attemptsMax: 3, backoffSeconds: 30, backoffFactor: 2 },
  stop: { failedPercentMax: 5, lostMax: 2 },
} as const;
