import type { Address } from "@lamplighter/runtime/datagram";
import type { Node } from "./node.ts";
import type { QueuedRequest } from "./queue/queued-request.ts";
import type { Registration } from "./registration.ts";

/** What an Update may change, beyond being seen. */
export type RegistrationChange = "address" | "lifetime" | "binding" | "objects";

/** How a peer that was refused went against who it proved to be. */
export type Offence = "wrong-name" | "clear";

/** What the LwM2M server tells its owner. Told after the device was answered. */
export type ServerEvent =
  | { readonly kind: "registered"; readonly registration: Registration; readonly replaced: boolean }
  | {
      readonly kind: "updated";
      readonly registration: Registration;
      readonly changed: readonly RegistrationChange[];
    }
  | { readonly kind: "deregistered"; readonly registration: Registration }
  | { readonly kind: "expired"; readonly registration: Registration }
  | {
      readonly kind: "refused";
      readonly endpoint: string;
      readonly address: Address;
      readonly code: string;
      readonly why: string;
      /** Told where it is a matter of security: another light's credentials, or none where some are asked for. */
      readonly offence?: Offence;
    }
  | {
      readonly kind: "value";
      readonly endpoint: string;
      /** As observed or read: `/3/0`. */
      readonly path: string;
      readonly node: Node;
      /** `notify`: the device said it of its own accord, in a notification or a Send. */
      readonly source: "read" | "notify";
      /** Milliseconds since the epoch: when it came, or when the device says that it was so. */
      readonly at: number;
    }
  | { readonly kind: "observation-ended"; readonly endpoint: string; readonly path: string; readonly why: string }
  /** The queue of a device in queue mode is not what it was. `ended` is told once of each request that ended. */
  | { readonly kind: "queue"; readonly endpoint: string; readonly ended?: QueuedRequest };
