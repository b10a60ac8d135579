import type { ImageCheck } from "./firmware-image.ts";

/** What object 5 of a light shows: State 0–3 and Update Result 0–11 (OMA object 5, resources 3 and 5). */
export interface FirmwareMachine {
  readonly state: 0 | 1 | 2 | 3;
  readonly result: number;
  /** Version of the image that waits to be installed. */
  readonly candidate?: string;
}

export const idle: FirmwareMachine = { state: 0, result: 0 };

/** Things that happen to object 5. */
export type FirmwareEvent =
  | { readonly kind: "reset" }
  | { readonly kind: "package-begun" }
  | { readonly kind: "package-received"; readonly check: ImageCheck }
  | { readonly kind: "package-refused"; readonly result: number }
  | { readonly kind: "executed" }
  | { readonly kind: "installed"; readonly result: number }
  | { readonly kind: "cancelled" }
  /** `goesOn`: the light fetches the image itself, and keeps what it has of it. */
  | { readonly kind: "power-lost"; readonly goesOn?: boolean };

/** Says what the machine becomes; `undefined` when the event is not allowed now (the light then answers 4.05). */
export function nextFirmware(machine: FirmwareMachine, event: FirmwareEvent): FirmwareMachine | undefined {
  switch (event.kind) {
    case "reset":
      return machine.state === 3 ? undefined : idle;
    case "package-begun":
      return machine.state <= 1 ? { state: 1, result: 0 } : undefined;
    case "package-refused":
      return machine.state <= 1 ? { state: 0, result: event.result } : undefined;
    case "package-received":
      if (machine.state > 1) return undefined;
      if (event.check.kind === "integrity") return { state: 0, result: 5 };
      if (event.check.kind === "wrong-type") return { state: 0, result: 6 };
      return { state: 2, result: 0, candidate: event.check.version };
    case "executed":
      return machine.state === 2 ? { ...machine, state: 3 } : undefined;
    case "installed":
      return machine.state === 3 ? { state: 0, result: event.result } : undefined;
    case "cancelled":
      return machine.state === 1 || machine.state === 2 ? { state: 0, result: 10 } : undefined;
    case "power-lost":
      // An image that was being sent is gone; one that was complete is kept in flash.
      return machine.state === 1 && !event.goesOn ? idle : machine;
  }
}
