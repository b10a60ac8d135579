import type { DeliveryFacts } from "@lamplighter/lwm2m/delivery-choice";
import type { FirmwareReading } from "@lamplighter/lwm2m/firmware-update";
import type { OperationOutcome } from "@lamplighter/lwm2m/operation-outcome";

/**
 * The few things the orchestrator asks of a light. In production the LwM2M server stands behind it;
 * a test puts virtual lights or a script there.
 */
export interface DeviceGateway {
  /** Registered, accepted, and listening: a light in queue mode that sleeps is as if it were away. */
  isRegistered(endpoint: string): boolean;
  /** Registered and accepted, in queue mode, and not listening until it has something to say. */
  isAsleep(endpoint: string): boolean;
  /** When it last registered, in milliseconds since the epoch; undefined when it is not registered. */
  registeredAt(endpoint: string): number | undefined;
  readFirmware(endpoint: string): Promise<OperationOutcome<FirmwareReading>>;
  /** Asks the update machine back to Idle: by an empty Package URI, or by a Package of one NUL byte. */
  resetFirmware(endpoint: string, by: "uri" | "package"): Promise<OperationOutcome<void>>;
  /** Pushes the image to /5/0/0 by Block1. `mayContinue` is asked before each block. */
  pushPackage(
    endpoint: string,
    image: Uint8Array,
    options: { onProgress: (bytesDone: number) => void; mayContinue: () => boolean },
  ): Promise<OperationOutcome<void>>;
  /** What the light says of how it takes an image: /5/0/9 and /5/0/8. */
  readDelivery(endpoint: string): Promise<OperationOutcome<DeliveryFacts>>;
  /** Writes where the image is to /5/0/1. */
  offerPackage(endpoint: string, uri: string): Promise<OperationOutcome<void>>;
  /** Executes /5/0/2. Called at most once for an attempt. */
  executeUpdate(endpoint: string): Promise<OperationOutcome<void>>;
  /** Tells of each registration, of lights that wake, and of values at /5/0/3 and /5/0/5, as they come. */
  onSign(listener: (sign: DeviceSign) => void): () => void;
}

export type DeviceSign =
  | { readonly kind: "registered"; readonly endpoint: string }
  /** A light in queue mode was heard, and listens now. */
  | { readonly kind: "awake"; readonly endpoint: string }
  | { readonly kind: "gone"; readonly endpoint: string }
  | { readonly kind: "firmware-state"; readonly endpoint: string; readonly state: number }
  | { readonly kind: "firmware-result"; readonly endpoint: string; readonly result: number };
