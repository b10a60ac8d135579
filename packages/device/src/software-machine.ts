import type { ImageCheck } from "./firmware-image.ts";

/** What one instance of a light's object 9 shows: Update State 0–4, Update Result, and whether it is active (OMA object 9). */
export interface SoftwareMachine {
  readonly state: 0 | 1 | 2 | 3 | 4;
  readonly result: number;
  readonly version: string;
  readonly isActive: boolean;
  /** Version of the package that is delivered and waits to be installed. */
  readonly candidate?: string;
}

/** A piece of software as a light leaves the factory: installed and active, or a place where nothing is yet. */
export function factorySoftware(version: string): SoftwareMachine {
  return version === ""
    ? { state: 0, result: 0, version, isActive: false }
    : { state: 4, result: 2, version, isActive: true };
}

export type SoftwareMachineEvent =
  | { readonly kind: "download-begun" }
  | { readonly kind: "download-ended" }
  | { readonly kind: "checked"; readonly check: ImageCheck }
  | { readonly kind: "refused"; readonly result: number }
  | { readonly kind: "installed" }
  | { readonly kind: "install-failed" }
  | { readonly kind: "uninstalled"; readonly forUpdate: boolean }
  | { readonly kind: "uninstall-failed" }
  | { readonly kind: "activated"; readonly isActive: boolean }
  | { readonly kind: "power-lost" };

/** Says what the machine becomes; `undefined` when the event is not allowed now (the light then answers 4.05). */
export function nextSoftwareMachine(
  machine: SoftwareMachine,
  event: SoftwareMachineEvent,
): SoftwareMachine | undefined {
  const { state, result, candidate, ...kept } = machine;
  switch (event.kind) {
    case "download-begun":
      return state <= 1 ? { ...kept, state: 1, result: 1 } : undefined;
    case "download-ended":
      return state === 1 ? { ...kept, state: 2, result: 1 } : undefined;
    case "checked":
      if (state !== 2) return undefined;
      if (event.check.kind === "integrity") return { ...kept, state: 0, result: 53 };
      if (event.check.kind === "wrong-type") return { ...kept, state: 0, result: 54 };
      return { ...kept, state: 3, result: 3, candidate: event.check.version };
    case "refused":
      return state <= 2 ? { ...kept, state: 0, result: event.result } : undefined;
    case "installed":
      return state === 3 && candidate !== undefined
        ? { state: 4, result: 2, version: candidate, isActive: false }
        : undefined;
    case "install-failed":
      // The package stays where it is (OMA object 9, Update State).
      return state === 3 ? { ...machine, result: 58 } : undefined;
    case "uninstalled":
      // For an update, what is in place stays until the new one is installed.
      if (state === 1 || state === 2) return undefined;
      return { state: 0, result: 0, version: event.forUpdate ? machine.version : "", isActive: false };
    case "uninstall-failed":
      return { ...machine, result: 59 };
    case "activated":
      return state === 4 ? { ...machine, isActive: event.isActive } : undefined;
    case "power-lost":
      // A package that was being received is gone; what was delivered or installed is kept in flash.
      return state === 1 || state === 2 ? { ...kept, state: 0, result: 0 } : machine;
  }
}
