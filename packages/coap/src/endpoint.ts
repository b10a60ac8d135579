import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import type { Log } from "@lamplighter/runtime/log";
import type { Random } from "@lamplighter/runtime/random";
import type { EndpointCounters } from "./counters.ts";
import type {
  IncomingRequest,
  LiveObservation,
  NotificationOutcome,
  ObservationListener,
  OutgoingRequest,
  OutgoingResponse,
  RequestOutcome,
  Subscriber,
} from "./exchange.ts";
import type { EndpointLimits } from "./limits.ts";
import type { TransmissionParameters } from "./retransmission.ts";

export type { EndpointCounters } from "./counters.ts";
export type {
  BlockProgress,
  IncomingRequest,
  LiveObservation,
  Notification,
  NotificationOutcome,
  ObservationEnd,
  ObservationListener,
  OutgoingRequest,
  OutgoingResponse,
  RequestOutcome,
  ResponseOutcome,
  Subscriber,
} from "./exchange.ts";
export type { BlockSize, EndpointLimits } from "./limits.ts";
export type { TransmissionParameters } from "./retransmission.ts";

export interface EndpointOptions {
  readonly port: DatagramPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log;
  readonly limits?: Partial<EndpointLimits>;
  readonly transmission?: TransmissionParameters;
}

/** Speaks CoAP over one datagram port, in both roles at once (RFC 7252, RFC 7641, RFC 7959). */
export declare class CoapEndpoint {
  constructor(options: EndpointOptions);
  readonly counters: Readonly<EndpointCounters>;
  onRequest(handler: (request: IncomingRequest) => void): void;
  request(request: OutgoingRequest, done: (outcome: RequestOutcome) => void): Cancel;
  observe(request: OutgoingRequest, listener: ObservationListener): LiveObservation;
  restoreObservation(
    observation: { peer: Address; token: Uint8Array; path: readonly string[]; accept?: number },
    listener: ObservationListener,
  ): LiveObservation;
  notify(
    subscriber: Subscriber,
    response: OutgoingResponse & { readonly confirmable?: boolean },
    done?: (outcome: NotificationOutcome) => void,
  ): void;
  ping(peer: Address, done: (alive: boolean) => void): void;
  forgetPeer(peer: Address): void;
  close(): void;
}
