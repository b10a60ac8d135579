import type { Address } from "@lamplighter/runtime/datagram";
import type { NotificationOutcome, Subscriber } from "./exchange.ts";
import { nextSequence } from "./observe-order.ts";
import type { Peer, Tie, Turn } from "./peer.ts";
import { type Sender, Transmission } from "./transmission.ts";
import type { Wire } from "./wire.ts";

/** An observer of ours (RFC 7641 §4), known by its peer and token. */
export class Subscription implements Subscriber, Tie {
  readonly host: Peer;
  readonly token: Uint8Array;
  readonly path: readonly string[];
  readonly query: readonly string[];
  readonly method: number;
  readonly accept: number | undefined;
  readonly key: string;
  live = true;
  #sequence = 0;
  readonly #isRenewal: boolean;
  readonly #onOver: (subscription: Subscription) => void;

  constructor(
    about: {
      host: Peer;
      token: Uint8Array;
      path: readonly string[];
      query: readonly string[];
      method: number;
      accept: number | undefined;
      key: string;
      /** The subscription that this one renews: same peer, same token. */
      former?: Subscription | undefined;
    },
    onOver: (subscription: Subscription) => void,
  ) {
    this.host = about.host;
    this.token = about.token;
    this.path = about.path;
    this.query = about.query;
    this.method = about.method;
    this.accept = about.accept;
    this.key = about.key;
    this.#isRenewal = about.former !== undefined;
    if (about.former) this.#sequence = about.former.#sequence;
    this.#onOver = onOver;
  }

  get peer(): Address {
    return this.host.address;
  }

  /** The sequence number of the next notification; `given` sets the count, and by itself it counts up. */
  takeSequence(given: number | undefined): number {
    this.#sequence = given === undefined ? nextSequence(this.#sequence) : given & 0xffffff;
    return this.#sequence;
  }

  /**
   * The sequence number of the first answer. A renewal goes on counting: what is still under way from before must not look
   * newer than what is told from now on (RFC 7641 §4.4).
   */
  openSequence(given: number): number {
    return this.takeSequence(this.#isRenewal ? undefined : given);
  }

  end(): void {
    if (!this.live) return;
    this.live = false;
    this.host.untie(this);
    this.#onOver(this);
  }

  peerForgotten(): void {
    this.end();
  }
}

/** One confirmable notification on its way: waits for its turn, is sent until acknowledged, tells how it went. */
export class ConfirmableNotification implements Turn, Sender {
  readonly #wire: Wire;
  readonly #subscription: Subscription;
  readonly #encode: (messageId: number) => Uint8Array;
  readonly #done: ((outcome: NotificationOutcome) => void) | undefined;
  readonly #transmission: Transmission;

  constructor(
    wire: Wire,
    subscription: Subscription,
    how: { encode: (messageId: number) => Uint8Array; done: ((outcome: NotificationOutcome) => void) | undefined },
  ) {
    this.#wire = wire;
    this.#subscription = subscription;
    this.#encode = how.encode;
    this.#done = how.done;
    this.#transmission = new Transmission(wire, this, { parameters: wire.transmission, takesTurn: true });
  }

  take(): void {
    const { host, live } = this.#subscription;
    if (!live) {
      this.#end("rejected");
      return;
    }
    const messageId = host.nextMessageId();
    this.#transmission.send(host, messageId, this.#encode(messageId));
  }

  drop(): void {
    this.#end("timed-out");
  }

  acknowledged(): void {
    this.#end("delivered");
  }

  rejected(): void {
    this.#subscription.end();
    this.#end("rejected");
  }

  abandoned(): void {
    // RFC 7641 §4.5: a client that acknowledges nothing is no longer interested.
    this.#wire.counters.timeouts++;
    this.#subscription.end();
    this.#end("timed-out");
  }

  #end(outcome: NotificationOutcome): void {
    this.#transmission.stop();
    this.#wire.turns.end(this.#subscription.host, this);
    this.#done?.(outcome);
  }
}
