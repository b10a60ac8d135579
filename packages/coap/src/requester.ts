import type { Cancel } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import { fitsBlocks } from "./block1-transfer.ts";
import { sameBytes } from "./block2-assembly.ts";
import { ClientExchange, type ExchangeBook, type ExchangePlan } from "./client-exchange.ts";
import { ClientObservation } from "./client-observation.ts";
import { GET } from "./code.ts";
import type {
  LiveObservation,
  ObservationListener,
  OutgoingRequest,
  RequestOutcome,
  RestoredObservation,
} from "./exchange.ts";
import { ACK, CON, type Message, RST } from "./message.ts";
import { findOption, option, unknownCriticalOption } from "./option.ts";
import type { Peer } from "./peer.ts";
import { Alarm } from "./timing-wheel.ts";
import { drawToken, tokenKey } from "./token.ts";
import { inFlightMessage, type Transmission } from "./transmission.ts";
import { emptyMessage, sendBytes, sendTo, type Wire } from "./wire.ts";

const refused = (why: string): RequestOutcome => ({ kind: "refused", why });

/** The client half of an endpoint: our requests, our observations, and what answers them. */
export class Requester implements ExchangeBook {
  onStrayNotification: ((from: Address, token: Uint8Array) => void) | undefined;
  readonly #wire: Wire;
  readonly #exchanges = new Map<string, ClientExchange>();
  readonly #observations = new Map<string, ClientObservation>();

  readonly #laters = new Set<Alarm>();
  #isClosed = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  get responseBytesMax(): number {
    return this.#wire.limits.responseBytesMax;
  }

  request(request: OutgoingRequest, done: (outcome: RequestOutcome) => void): Cancel {
    const host = this.#wire.peers.meet(request.peer);
    const exchange = this.startExchange(host, { request, token: request.token ?? this.freshToken(), done });
    return () => exchange?.finish({ kind: "cancelled" });
  }

  observe(request: OutgoingRequest, listener: ObservationListener): LiveObservation {
    const host = this.#wire.peers.meet(request.peer);
    const observation = new ClientObservation(
      this,
      { request, token: request.token ?? this.freshToken(), host },
      listener,
    );
    if (this.#observations.size >= this.#wire.limits.observationsMax) {
      this.later(() => listener.onResponse(refused("too many observations")));
    } else {
      observation.ask();
    }
    return observation;
  }

  restoreObservation({ token, ...asked }: RestoredObservation, listener: ObservationListener): LiveObservation {
    const host = this.#wire.peers.meet(asked.peer);
    const request = { method: GET, ...asked };
    const observation = new ClientObservation(this, { request, token: token.slice(), host }, listener);
    if (!observation.restore()) this.later(() => listener.onEnd("reset"));
    return observation;
  }

  /** Starts an exchange, or has it end as refused a moment later, never before this returns. */
  startExchange(host: Peer | undefined, plan: ExchangePlan): ClientExchange | undefined {
    const why = this.#obstacle(host, plan);
    if (why !== undefined || !host) {
      this.later(() => plan.done(refused(why ?? "too many peers")));
      return undefined;
    }
    const exchange = new ClientExchange(this.#wire, this, host, plan);
    exchange.start();
    return exchange;
  }

  #obstacle(host: Peer | undefined, { token, request }: ExchangePlan): string | undefined {
    if (this.#isClosed) return "the endpoint is closed";
    if (!host) return "too many peers";
    if (this.#exchanges.has(tokenKey(token))) return "the token is in use";
    if (token.length > 8) return "a token has at most 8 bytes";
    if (!fitsBlocks(request.payload?.length ?? 0, request.blockSize ?? 1024)) return "too many blocks to be numbered";
    if (this.#wire.turns.hasRoom(host)) return undefined;
    this.#wire.counters.queueRefusals++;
    return "the queue is full";
  }

  enter(exchange: ClientExchange): void {
    this.#exchanges.set(exchange.tokenKey, exchange);
  }

  leave(exchange: ClientExchange): void {
    if (this.#exchanges.get(exchange.tokenKey) === exchange) this.#exchanges.delete(exchange.tokenKey);
  }

  freshToken(): Uint8Array {
    for (;;) {
      const token = drawToken(this.#wire.random);
      const key = tokenKey(token);
      if (!this.#exchanges.has(key) && !this.#observations.has(key)) return token;
    }
  }

  /** False when the book is full, or another observation has the token. */
  enterObservation(observation: ClientObservation): boolean {
    const isTaken = this.#observations.has(observation.tokenKey);
    if (isTaken || this.#observations.size >= this.#wire.limits.observationsMax) return false;
    this.#observations.set(observation.tokenKey, observation);
    return true;
  }

  leaveObservation(observation: ClientObservation): void {
    if (this.#observations.get(observation.tokenKey) === observation) this.#observations.delete(observation.tokenKey);
  }

  now(): number {
    return this.#wire.clock.monotonic();
  }

  /** Calls back on the next turn of the wheel, so that no caller is called before its own call returned. */
  later(call: () => void): void {
    if (this.#isClosed) {
      queueMicrotask(call);
      return;
    }
    const alarm = new Alarm(() => {
      this.#laters.delete(alarm);
      call();
    });
    this.#laters.add(alarm);
    this.#wire.wheel.set(alarm, 0);
  }

  /** From here on every request is refused; what was to be called later is called now, for the wheel stops. */
  close(): void {
    this.#isClosed = true;
    for (const alarm of [...this.#laters]) {
      this.#wire.wheel.clear(alarm);
      alarm.wake();
    }
  }

  /** Takes an acknowledgement, empty or with the response inside. */
  takeAcknowledgement(from: Address, message: Message): void {
    const transmission = this.#inFlight(from, message);
    if (message.code === 0) {
      if (transmission) transmission.acknowledge();
      else this.#wire.counters.unexpected++;
      return;
    }
    const exchange = transmission?.sender;
    if (exchange instanceof ClientExchange && sameBytes(exchange.token, message.token)) {
      exchange.respond(message);
      return;
    }
    const owner = transmission ? undefined : this.#exchanges.get(tokenKey(message.token));
    if (owner && owner.address !== from) this.#wire.counters.ignoredWrongSource++;
    else this.#wire.counters.unexpected++;
  }

  /** Takes a reset. False when it belongs to nothing of ours. */
  takeReset(from: Address, message: Message): boolean {
    const transmission = this.#inFlight(from, message);
    if (transmission) {
      transmission.reset();
      return true;
    }
    const holder = this.#wire.peers.find(from)?.holder;
    if (!(holder instanceof ClientExchange) || !holder.isResetBy(message.messageId)) return false;
    holder.rejected();
    return true;
  }

  #inFlight(from: Address, { messageId }: Message): Transmission | undefined {
    const peer = this.#wire.peers.find(from);
    return peer && inFlightMessage(peer, messageId);
  }

  /** Takes a response that comes as a message of its own: a separate response, or a notification. */
  takeSeparate(from: Address, message: Message): void {
    const { counters, peers, seen } = this.#wire;
    const key = tokenKey(message.token);
    const exchange = this.#exchanges.get(key);
    const observation = this.#observations.get(key);
    const owner = exchange ?? observation;
    if (owner && (exchange?.address ?? observation?.peer) !== from) {
      counters.ignoredWrongSource++;
      observation?.cameElsewhere(from);
      return;
    }
    const peer = peers.find(from);
    const now = this.now();
    // Before the token is looked at: a response that comes twice finds its exchange over, and must not be reset for it.
    if (peer && seen.has(peer.id, message.messageId, now)) {
      counters.duplicates++;
      const before = message.type === CON ? seen.answerTo(peer.id, message.messageId) : undefined;
      if (before) sendBytes(this.#wire, peer, before);
      return;
    }
    if (!owner || !peer) {
      counters.unexpected++;
      const isNotification = findOption(message.options, option.observe) !== undefined;
      if (message.type === CON || isNotification) this.#sendStateless(from, message.messageId);
      if (isNotification) this.onStrayNotification?.(from, message.token);
      return;
    }
    seen.remember(peer.id, message.messageId, message.type === CON, now);
    // While we tell the peer to stop, what it still sends under the token is no longer ours.
    const isUnwanted = exchange?.observe === 1 && findOption(message.options, option.observe) !== undefined;
    const isRejected = isUnwanted || unknownCriticalOption(message.options) !== undefined;
    if (message.type === CON || isRejected) {
      const answer = emptyMessage(isRejected ? RST : ACK, message.messageId);
      seen.keepAnswer(peer.id, message.messageId, answer);
      sendBytes(this.#wire, peer, answer);
    }
    if (isUnwanted) counters.unexpected++;
    else if (exchange) exchange.respond(message);
    else if (isRejected) counters.unknownCriticalOptions++;
    else observation?.notify(message, now);
  }

  /** Whom we do not know we answer without remembering it: four bytes at most. */
  #sendStateless(to: Address, messageId: number): void {
    sendTo(this.#wire, to, emptyMessage(RST, messageId));
  }

  get exchangeCount(): number {
    return this.#exchanges.size;
  }

  get observationCount(): number {
    return this.#observations.size;
  }
}
