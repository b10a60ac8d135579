import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { type Log, silentLog } from "@lamplighter/runtime/log";
import type { Random } from "@lamplighter/runtime/random";
import { isRequest, isResponse } from "./code.ts";
import { decodeMessage, MalformedMessage } from "./codec.ts";
import { type EndpointCounters, zeroCounters } from "./counters.ts";
import { Deduplication } from "./deduplication.ts";
import type {
  IncomingRequest,
  LiveObservation,
  NotificationOutcome,
  ObservationListener,
  OutgoingRequest,
  OutgoingResponse,
  RequestOutcome,
  RestoredObservation,
  Subscriber,
} from "./exchange.ts";
import { defaultLimits, type EndpointLimits } from "./limits.ts";
import { ACK, CON, type Message, RST } from "./message.ts";
import { type Peer, PeerTable } from "./peer.ts";
import { Ping } from "./ping.ts";
import { Requester } from "./requester.ts";
import { Responder } from "./responder.ts";
import { defaultTransmissionParameters, type TransmissionParameters } from "./retransmission.ts";
import { TimingWheel } from "./timing-wheel.ts";
import { TurnQueue } from "./turn-queue.ts";
import { emptyMessage, sendTo, type Trace, type Wire } from "./wire.ts";

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
  RestoredObservation,
  Subscriber,
} from "./exchange.ts";
export type { BlockSize, EndpointLimits } from "./limits.ts";
export type { TransmissionParameters } from "./retransmission.ts";
export type { Trace } from "./wire.ts";

export interface EndpointOptions {
  readonly port: DatagramPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log;
  readonly limits?: Partial<EndpointLimits>;
  readonly transmission?: TransmissionParameters;
}

/** How much an endpoint keeps, to be read beside its limits. */
export interface EndpointLoad {
  readonly peers: number;
  readonly deduplication: number;
  readonly exchanges: number;
  readonly queued: number;
  readonly observations: number;
  readonly subscribers: number;
}

/**
 * Speaks CoAP over one datagram port, in both roles at once (RFC 7252, RFC 7641, RFC 7959).
 *
 * A datagram from outside never makes it throw: what is malformed is counted and gets at most four bytes back. All that
 * it keeps is bounded by {@link EndpointLimits}. Callbacks run synchronously on the datagram or alarm that causes them,
 * but never before the call that asked for them has returned.
 */
export class CoapEndpoint {
  readonly counters: Readonly<EndpointCounters>;
  readonly #counters: EndpointCounters;
  readonly #wire: Wire;
  readonly #requester: Requester;
  readonly #responder: Responder;
  #isClosed = false;

  constructor({ port, clock, random, log = silentLog, limits: given, transmission }: EndpointOptions) {
    const limits = { ...defaultLimits, ...given };
    const counters = zeroCounters();
    this.counters = counters;
    this.#counters = counters;
    this.#wire = {
      port,
      clock,
      random,
      log,
      limits,
      counters,
      transmission: transmission ?? defaultTransmissionParameters,
      wheel: new TimingWheel(clock),
      peers: new PeerTable({ peersMax: limits.peersMax, random, counters }),
      turns: new TurnQueue(limits, counters),
      seen: new Deduplication(limits.deduplicationMax, counters),
      trace: undefined,
    };
    this.#requester = new Requester(this.#wire);
    this.#responder = new Responder(this.#wire);
    port.onDatagram((from, datagram) => this.#take(from, datagram));
  }

  /** How much is being kept at this moment, for metrics. */
  get load(): EndpointLoad {
    return {
      peers: this.#wire.peers.size,
      deduplication: this.#wire.seen.size,
      exchanges: this.#requester.exchangeCount,
      queued: this.#wire.turns.queued,
      observations: this.#requester.observationCount,
      subscribers: this.#responder.subscriptionCount,
    };
  }

  /** Has each datagram heard from here on, by one listener; nobody hears them when it is undefined. */
  onTrace(trace: Trace | undefined): void {
    this.#wire.trace = trace;
  }

  /**
   * Sets the handler of incoming requests. It must call `request.respond` exactly once, now or later; if later than
   * `limits.acknowledgeAfter`, an empty acknowledgement goes first. Without a handler every request is answered 4.04; one
   * that throws, 5.00.
   */
  onRequest(handler: (request: IncomingRequest) => void): void {
    this.#responder.handler = handler;
  }

  /**
   * Has each notification under a token that nobody knows told, once it was reset: whoever sent it holds an observation that
   * is not ours any more. Anybody can send one from any address, so what it leads to must be bounded by the listener.
   */
  onStrayNotification(listener: (from: Address, token: Uint8Array) => void): void {
    this.#requester.onStrayNotification = listener;
  }

  /**
   * Sends a request; exactly one call of `done`. Requests to one peer wait for each other (NSTART 1) until acknowledged;
   * a transfer of many blocks lets others in between its blocks. The returned function ends it as `cancelled`.
   */
  request(request: OutgoingRequest, done: (outcome: RequestOutcome) => void): Cancel {
    return this.#requester.request(request, done);
  }

  /** Starts an observation: one `onResponse`, then `onNotification` for each fresh one (RFC 7641). */
  observe(request: OutgoingRequest, listener: ObservationListener): LiveObservation {
    return this.#requester.observe(request, listener);
  }

  /** Takes up an observation whose token a device still holds, after our restart. Sends nothing; no `onResponse`. */
  restoreObservation(observation: RestoredObservation, listener: ObservationListener): LiveObservation {
    return this.#requester.restoreObservation(observation, listener);
  }

  /**
   * Tells a subscriber the new state of what it observes. Confirmable unless said otherwise; those to one peer go one
   * after the other. `done` may be called before this returns when the subscriber is gone or the queue is full.
   */
  notify(
    subscriber: Subscriber,
    response: OutgoingResponse & { readonly confirmable?: boolean },
    done?: (outcome: NotificationOutcome) => void,
  ): void {
    this.#responder.notify(subscriber, response, done);
  }

  /** Asks whether a peer is there: an empty confirmable message, which it must reset (RFC 7252 §4.3). */
  ping(peer: Address, done: (alive: boolean) => void): void {
    const host = this.#wire.peers.meet(peer);
    if (!host || !this.#wire.turns.ask(host, new Ping(this.#wire, host, done))) {
      this.#requester.later(() => done(false));
    }
  }

  /** Forgets everything about a peer: pending requests end as cancelled, observations as reset. */
  forgetPeer(peer: Address): void {
    const host = this.#wire.peers.find(peer);
    if (host) this.#forget(host);
  }

  /** Ends everything as {@link forgetPeer} does, for all peers. What arrives later is ignored. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#requester.close();
    for (const peer of [...this.#wire.peers]) this.#forget(peer);
    this.#wire.wheel.clearAll();
  }

  #forget(peer: Peer): void {
    this.#wire.peers.forget(peer);
    for (const response of [...(peer.responses?.values() ?? [])]) response.stop();
    // The line first: otherwise the end of one request would give its turn to the next.
    this.#wire.turns.dropAll(peer);
    for (const tie of [...(peer.ties ?? [])]) tie.peerForgotten();
  }

  #take(from: Address, datagram: Uint8Array): void {
    if (this.#isClosed) return;
    this.#counters.datagramsReceived++;
    if (this.#wire.trace) this.#wire.trace("received", from, datagram);
    let message: Message;
    try {
      message = decodeMessage(datagram);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.#refuse(from, error);
      return;
    }
    const { type, code } = message;
    if (type === ACK) {
      if (isRequest(code)) this.#counters.malformed++;
      else this.#requester.takeAcknowledgement(from, message);
    } else if (type === RST) {
      this.#takeReset(from, message);
    } else if (isRequest(code)) {
      const peer = this.#wire.peers.meet(from);
      if (peer) this.#responder.takeRequest(peer, message);
    } else if (isResponse(code)) {
      this.#requester.takeSeparate(from, message);
    } else if (type === CON) {
      // An empty confirmable message is a ping (RFC 7252 §4.3).
      this.#sendReset(from, message.messageId);
    }
  }

  /** RFC 7252 §4.2, §4.3: a malformed confirmable message is reset, any other ignored; another version is ignored. */
  #refuse(from: Address, { header }: MalformedMessage): void {
    this.#counters.malformed++;
    if (header?.type === CON) this.#sendReset(from, header.messageId);
  }

  #takeReset(from: Address, message: Message): void {
    if (message.code !== 0) {
      this.#counters.malformed++;
      return;
    }
    if (this.#requester.takeReset(from, message)) return;
    const peer = this.#wire.peers.find(from);
    if (peer && this.#responder.takeReset(peer, message.messageId)) return;
    this.#counters.unexpected++;
  }

  #sendReset(to: Address, messageId: number): void {
    sendTo(this.#wire, to, emptyMessage(RST, messageId));
  }
}
