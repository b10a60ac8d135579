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

/** How a faulty light ends a campaign that allows it three attempts. */
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
