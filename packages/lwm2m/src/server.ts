import type { BlockProgress, BlockSize, CoapEndpoint, TransmissionParameters } from "@lamplighter/coap/endpoint";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import type { Duration } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { Random } from "@lamplighter/runtime/random";
import type { CoreLink } from "./link-format.ts";
import type { InstanceNode, Node } from "./node.ts";
import type { ObjectModels } from "./object-model.ts";
import type { OperationOutcome } from "./operation-outcome.ts";
import type { Registration } from "./registration.ts";
import type { RegistrationStore } from "./registration-store.ts";
import type { ServerEvent } from "./server-event.ts";
import type { ResourceValue } from "./value.ts";

export type { OperationOutcome } from "./operation-outcome.ts";
export type { RegistrationChange, ServerEvent } from "./server-event.ts";

export interface Lwm2mServerOptions {
  readonly endpoint: CoapEndpoint;
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log;
  readonly store: RegistrationStore;
  /** The enrolment policy, asked for each Register of an endpoint that is not registered yet. */
  readonly enrol: (candidate: { readonly endpoint: string; readonly address: Address }) => Enrolment;
  readonly models: ObjectModels;
  readonly onEvent: (event: ServerEvent) => void;
  /** How long a registration outlives its lifetime. Default 93 s. */
  readonly graceSeconds?: number;
}

export type Enrolment = "accept" | "pending" | "refuse";

export interface OperationOptions {
  /** How long the request may wait for its turn or for the device to wake. Default two minutes. */
  readonly waitMax?: Duration;
  readonly transmission?: Partial<TransmissionParameters>;
}

export interface WriteOptions extends OperationOptions {
  /** `replace` (the default) sets exactly what is given; `partial` leaves the rest of an instance or of a multiple resource as it is. */
  readonly mode?: "replace" | "partial";
}

export interface WriteOpaqueOptions extends OperationOptions {
  /** Default 42, octet-stream. */
  readonly contentFormat?: number;
  readonly blockSize?: BlockSize;
  /** Called for every block that the device acknowledged. */
  readonly onProgress?: (progress: BlockProgress) => void;
  /** Asked before each further block; false ends the transfer with the outcome `cancelled`. */
  readonly mayContinue?: () => boolean;
}

/** Attributes of Write-Attributes (OMA TS Core 1.1 §7.3.2). `null` unsets one. */
export type NotificationAttributes = Readonly<
  Partial<Record<"pmin" | "pmax" | "epmin" | "epmax" | "gt" | "lt" | "st", number | null>>
>;

/** The LwM2M server: registers devices over one CoAP endpoint, and operates them. Paths are texts like `/5/0/3`. */
export declare class Lwm2mServer {
  constructor(options: Lwm2mServerOptions);
  start(): Promise<void>;
  stop(): Promise<void>;
  registrations(): Iterable<Registration>;
  find(endpoint: string): Registration | undefined;
  accept(endpoint: string): void;
  deregister(endpoint: string): void;
  read(endpoint: string, path: string, options?: OperationOptions): Promise<OperationOutcome<Node>>;
  write(
    endpoint: string,
    path: string,
    content: ResourceValue | Node,
    options?: WriteOptions,
  ): Promise<OperationOutcome<void>>;
  writeOpaque(
    endpoint: string,
    path: string,
    bytes: Uint8Array,
    options?: WriteOpaqueOptions,
  ): Promise<OperationOutcome<void>>;
  execute(endpoint: string, path: string, args?: string, options?: OperationOptions): Promise<OperationOutcome<void>>;
  discover(endpoint: string, path: string, options?: OperationOptions): Promise<OperationOutcome<readonly CoreLink[]>>;
  create(
    endpoint: string,
    object: number,
    node: InstanceNode,
    options?: OperationOptions,
  ): Promise<OperationOutcome<void>>;
  delete(endpoint: string, path: string, options?: OperationOptions): Promise<OperationOutcome<void>>;
  writeAttributes(
    endpoint: string,
    path: string,
    attributes: NotificationAttributes,
    options?: OperationOptions,
  ): Promise<OperationOutcome<void>>;
  observe(endpoint: string, path: string, options?: OperationOptions): Promise<OperationOutcome<Node>>;
  cancelObservation(endpoint: string, path: string): Promise<OperationOutcome<void>>;
  setDesiredObservations(endpoint: string, paths: readonly string[]): void;
}
