/** What can be wrong with a light, one fault each. */
export const faultKinds = [
  "packet-loss",
  "slow-link",
  "power-cut",
  "integrity",
  "no-flash",
  "wrong-type",
  "never-returns",
  "falls-back",
  "duplicates",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** How bad a fault is. Each number matters to its own kind of fault only. */
export interface FaultSeverity {
  /** packet-loss: chance that a datagram is lost, each way. */
  readonly loss: number;
  /** slow-link: what each datagram takes, each way, in milliseconds. */
  readonly delayMilliseconds: number;
  /** power-cut: how many downloads are cut before one goes through. */
  readonly powerCuts: number;
  /** power-cut: the share of the image after which the power fails, 0 to 1. */
  readonly powerCutAt: number;
  /** falls-back: the Update Result with which the light returns on its old version. 8 is honest; 1 says that all went well. */
  readonly fallBackResult: 1 | 8;
}

export const usualSeverity: FaultSeverity = {
  loss: 0.1,
  delayMilliseconds: 40,
  powerCuts: 1,
  powerCutAt: 0.4,
  fallBackResult: 1,
};

/** How a light with a fault of the usual severity ends a campaign that allows it three attempts. */
export const expectedEndings: Readonly<Record<FaultKind, { readonly state: string; readonly failureCode?: string }>> = {
  "packet-loss": { state: "succeeded" },
  "slow-link": { state: "succeeded" },
  "power-cut": { state: "succeeded" },
  duplicates: { state: "succeeded" },
  integrity: { state: "failed", failureCode: "integrity" },
  "no-flash": { state: "failed", failureCode: "no-flash" },
  "wrong-type": { state: "failed", failureCode: "wrong-type" },
  "never-returns": { state: "lost" },
  "falls-back": { state: "rolled-back" },
};
