/** Where a wave stands. "All finished" never means "passed": only the gate says so. */
export type WaveState = "pending" | "active" | "soaking" | "passed" | "held";

export type HeldReason = "failed" | "undecided" | "manual";
