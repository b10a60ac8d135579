import type { Cancel } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import { readBlock } from "./block.ts";
import { addBlock2, emptyAssembly } from "./block2-assembly.ts";
import type { ClientExchange } from "./client-exchange.ts";
import { isSuccess } from "./code.ts";
import type {
  LiveObservation,
  ObservationEnd,
  ObservationListener,
  OutgoingRequest,
  RequestOutcome,
} from "./exchange.ts";
import type { Message } from "./message.ts";
import { isFresher, type SequencePoint } from "./observe-order.ts";
import { findOption, findUint, option } from "./option.ts";
import type { Peer, Tie } from "./peer.ts";
import type { Requester } from "./requester.ts";
import { tokenKey, tokenOf } from "./token.ts";

/**
 * An observation that we hold at another endpoint (RFC 7641 §3).
 *
 * Lives in the requester's book of observations from the first answer with the Observe option, or from its restoration,
 * until one side ends it.
 */
export class ClientObservation implements LiveObservation, Tie {
  readonly tokenKey: string;
  readonly request: OutgoingRequest;
  readonly #requester: Requester;
  readonly #listener: ObservationListener;
  readonly #host: Peer | undefined;
  #newest: SequencePoint | undefined;
  #phase: "asking" | "live" | "over";
  /** The first answer has not been told yet, because blocks of it are still being fetched; what came meanwhile waits. */
  #first: ClientExchange | undefined;
  #held: Message | undefined;
  #fetch: ClientExchange | undefined;

  constructor(
    requester: Requester,
    { request, token, host }: { request: OutgoingRequest; token: Uint8Array; host: Peer | undefined },
    listener: ObservationListener,
  ) {
    this.#requester = requester;
    this.#listener = listener;
    this.request = request;
    this.tokenKey = tokenKey(token);
    this.#host = host;
    this.#phase = "asking";
  }

  /** Made anew from its key: hundreds of thousands are kept, and a text is a fifth of an array's weight. */
  get token(): Uint8Array {
    return tokenOf(this.tokenKey);
  }

  get peer(): Address {
    return this.request.peer;
  }

  /** Asks the peer to observe. */
  ask(): void {
    this.#first = this.#requester.startExchange(this.#host, {
      request: this.request,
      token: this.token,
      observe: 0,
      onFirstResponse: (response) => this.#establish(response),
      done: (outcome) => this.#tellFirst(outcome),
    });
  }

  /** Takes up an observation that the peer still holds. False when there is no room for it. */
  restore(): boolean {
    if (!this.#host || !this.#requester.enterObservation(this)) return false;
    this.#phase = "live";
    this.#host.tie(this);
    return true;
  }

  refresh(done: (outcome: RequestOutcome) => void): Cancel {
    if (this.#phase !== "live" || this.#first) {
      this.#requester.later(() => done({ kind: "cancelled" }));
      return () => {};
    }
    const exchange = this.#requester.startExchange(this.#host, {
      request: this.request,
      token: this.token,
      observe: 0,
      onFirstResponse: (response) => this.#renew(response),
      done: (outcome) => this.#tellRefreshed(outcome, done),
    });
    this.#first = exchange;
    return () => exchange?.finish({ kind: "cancelled" });
  }

  cancel(done?: (outcome: RequestOutcome) => void): void {
    const isOver = this.#phase === "over";
    const first = this.#first;
    this.#leave(isOver || this.#phase === "asking" ? undefined : "cancelled");
    first?.finish({ kind: "cancelled" });
    if (isOver) {
      this.#requester.later(() => done?.({ kind: "cancelled" }));
      return;
    }
    this.#requester.startExchange(this.#host, {
      request: this.request,
      token: this.token,
      observe: 1,
      done: (outcome) => done?.(outcome),
    });
  }

  forget(): void {
    const first = this.#first;
    this.#leave(undefined);
    first?.finish({ kind: "cancelled" });
  }

  peerForgotten(): void {
    this.#leave("reset");
  }

  /** A notification under our token came from another address, and was ignored. */
  cameElsewhere(from: Address): void {
    this.#listener.onElsewhere?.(from);
  }

  /** Takes a notification from the network; the caller has acknowledged it. */
  notify(message: Message, now: number): void {
    const observe = findUint(message.options, option.observe);
    if (!isSuccess(message.code) || observe === undefined) {
      if (isSuccess(message.code)) this.#deliver(message, message.payload);
      this.#leave("refused");
      return;
    }
    const point = { sequence: observe, at: now };
    if (this.#newest && !isFresher(point, this.#newest)) return;
    this.#newest = point;
    if (this.#first) this.#held = message;
    else this.#take(message);
  }

  #establish(response: Message): void {
    const sequence = findUint(response.options, option.observe);
    if (sequence === undefined || !isSuccess(response.code) || this.#phase !== "asking") return;
    if (!this.#requester.enterObservation(this)) return;
    this.#phase = "live";
    this.#newest = { sequence, at: this.#requester.now() };
    this.#host?.tie(this);
  }

  /** A peer that took it up anew counts from the beginning again. */
  #renew(response: Message): void {
    const sequence = findUint(response.options, option.observe);
    if (sequence !== undefined) this.#newest = { sequence, at: this.#requester.now() };
  }

  #tellRefreshed(outcome: RequestOutcome, done: (outcome: RequestOutcome) => void): void {
    this.#first = undefined;
    const held = this.#held;
    this.#held = undefined;
    if (outcome.kind === "response") {
      const isObserved = isSuccess(outcome.code) && findOption(outcome.options, option.observe) !== undefined;
      if (!isObserved) this.#leave(undefined);
    }
    done(outcome);
    if (held && this.#phase === "live") this.#take(held);
  }

  #tellFirst(outcome: RequestOutcome): void {
    this.#first = undefined;
    const held = this.#held;
    this.#held = undefined;
    // Without a first answer, or without the Observe option in it, there is no observation.
    if (outcome.kind !== "response" || this.#phase === "asking") this.#leave(undefined);
    this.#listener.onResponse(outcome);
    if (held && this.#phase === "live") this.#take(held);
  }

  #take(message: Message): void {
    const fetch = this.#fetch;
    this.#fetch = undefined;
    // A newer state makes the rest of the older one worthless (RFC 7959 §2.6).
    fetch?.finish({ kind: "cancelled" });
    const value = findOption(message.options, option.block2);
    const block = value && readBlock(value);
    if (!block?.more) {
      this.#deliver(message, message.payload);
      return;
    }
    const etag = findOption(message.options, option.etag);
    const part = { code: message.code, block, etag, payload: message.payload };
    const verdict = addBlock2(emptyAssembly, part, this.#requester.responseBytesMax);
    if (verdict.kind !== "more") {
      this.#listener.onLost?.();
      return;
    }
    this.#fetch = this.#requester.startExchange(this.#host, {
      request: this.request,
      token: this.#requester.freshToken(),
      assembly: verdict,
      done: (outcome) => {
        this.#fetch = undefined;
        if (outcome.kind === "response" && isSuccess(outcome.code)) this.#deliver(message, outcome.payload);
        else if (outcome.kind !== "cancelled") this.#listener.onLost?.();
      },
    });
  }

  #deliver(message: Message, payload: Uint8Array): void {
    const contentFormat = findUint(message.options, option.contentFormat);
    const { code } = message;
    this.#listener.onNotification(contentFormat === undefined ? { code, payload } : { code, payload, contentFormat });
  }

  #leave(why: ObservationEnd | undefined): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#requester.leaveObservation(this);
    this.#host?.untie(this);
    this.#held = undefined;
    const fetch = this.#fetch;
    this.#fetch = undefined;
    fetch?.finish({ kind: "cancelled" });
    if (why) this.#listener.onEnd(why);
  }
}
