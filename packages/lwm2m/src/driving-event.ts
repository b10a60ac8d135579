import type { FirmwareDelivery } from "./firmware-attempt.ts";

/**
 * What happens to a change that is driven on a device, whatever the object: operations and how they ended, signs of the
 * device, orders of people, and time. `Asked` names the operations beside `read`.
 */
export type DrivingEvent<Asked extends string> =
  /** The way of the image was chosen, by what the device says of itself. Push holds until then. */
  | { readonly kind: "delivery-chosen"; readonly delivery: FirmwareDelivery }
  | { readonly kind: "undeliverable"; readonly why: string }
  | { readonly kind: "answered"; readonly operation: Asked }
  | { readonly kind: "refused"; readonly operation: Asked | "read"; readonly code: string }
  | { readonly kind: "timed-out"; readonly operation: Asked | "read" }
  /** The image goes no further for now, because we said so or because we cannot give it. */
  | { readonly kind: "delivery-stopped" }
  /** A value came at one of the resources that are watched. */
  | { readonly kind: "notified" }
  /** Time to look again. */
  | { readonly kind: "poll" }
  /** The device registered anew. */
  | { readonly kind: "registered" }
  /** The order to install. */
  | { readonly kind: "install" }
  | { readonly kind: "cancel" }
  /** The time set aside for this phase is over. */
  | { readonly kind: "deadline" };

/** Whether a refusal may pass: 4.05 and the like will not change, a device out of resources may recover. */
export function mayPass(code: string): boolean {
  return code.startsWith("5.") || code === "4.08" || code === "4.29";
}
