import type { DeliveryFacts } from "@lamplighter/lwm2m/delivery-choice";
import type { OperationOutcome } from "@lamplighter/lwm2m/operation-outcome";
import type { SoftwareReading } from "@lamplighter/lwm2m/software/software-attempt";

/** One piece of software of one light: an instance of its object 9. */
export interface SoftwarePlace {
  readonly endpoint: string;
  readonly instance: number;
}

/** The few things asked of a light about its software. In production the LwM2M server stands behind it. */
export interface SoftwareGateway {
  /** Registered, accepted, and listening: a light in queue mode that sleeps is as if it were away. */
  isRegistered(endpoint: string): boolean;
  /** Reads the whole instance in one request, so that what it says belongs together. */
  read(place: SoftwarePlace): Promise<OperationOutcome<SoftwareReading>>;
  create(place: SoftwarePlace): Promise<OperationOutcome<void>>;
  /** Executes Install, Activate, Deactivate or Uninstall. Sent once for each call. */
  execute(place: SoftwarePlace, what: SoftwareExecute): Promise<OperationOutcome<void>>;
  /** What the light says of how it takes a package. */
  readDelivery(place: SoftwarePlace): Promise<OperationOutcome<DeliveryFacts>>;
  /** Pushes the package to resource 2 by Block1. `mayContinue` is asked before each block. */
  pushPackage(
    place: SoftwarePlace,
    image: Uint8Array,
    options: { onProgress: (bytesDone: number) => void; mayContinue: () => boolean },
  ): Promise<OperationOutcome<void>>;
  /** Writes where the package is to resource 3. */
  offerPackage(place: SoftwarePlace, uri: string): Promise<OperationOutcome<void>>;
  /** Tells of each registration, of lights that wake, and of values at resources 7, 9 and 12 as they come. */
  onSign(listener: (sign: SoftwareSign) => void): () => void;
}

export type SoftwareExecute =
  | { readonly kind: "install" | "activate" | "deactivate" }
  | { readonly kind: "uninstall"; readonly forUpdate: boolean };

export interface SoftwareSign {
  readonly kind: "registered" | "awake" | "changed";
  readonly endpoint: string;
}
