/** How a command to a campaign ended. `refused` carries a sentence for the person. */
export type ControlOutcome = { readonly kind: "done" } | { readonly kind: "refused"; readonly why: string };

export const done: ControlOutcome = { kind: "done" };
export const refused = (why: string): ControlOutcome => ({ kind: "refused", why });
