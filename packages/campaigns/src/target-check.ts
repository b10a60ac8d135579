import type { SkipReason } from "./job.ts";

/** What must be known of a light to say whether a package is for it. */
export interface Candidate {
  readonly model: string | null;
  readonly hardwareRevision: string | null;
  readonly firmwareVersion: string | null;
  readonly presence: string;
  /** Absent when its objects are not known, as for a light that was imported but never seen. */
  readonly hasFirmwareObject?: boolean;
}

export interface PackageFit {
  readonly version: string;
  /** Empty means any. */
  readonly models: readonly string[];
  readonly hardwareRevisions: readonly string[];
}

/**
 * Says why a light is left out of a campaign; undefined when it is included.
 *
 * A version counts as current only when it is equal to the letter: `1.1.1` is not `1.1.10`. A light whose model is not
 * known does not fit a package that names models.
 */
export function checkTarget(candidate: Candidate, fit: PackageFit): SkipReason | undefined {
  if (candidate.presence === "pending") return "pending";
  if (candidate.hasFirmwareObject === false) return "no-firmware-object";
  if (!fits(candidate.model, fit.models) || !fits(candidate.hardwareRevision, fit.hardwareRevisions))
    return "incompatible";
  return candidate.firmwareVersion === fit.version ? "already-current" : undefined;
}

function fits(value: string | null, allowed: readonly string[]): boolean {
  return allowed.length === 0 || (value !== null && allowed.includes(value));
}
