import type { Peer } from "./peer.ts";
import { begin, type Delivery, next, type TransmissionParameters } from "./retransmission.ts";
import { Alarm } from "./timing-wheel.ts";
import { sendBytes, type Wire } from "./wire.ts";

/** Who sent a confirmable message, and learns what became of it. */
export interface Sender {
  /** Reset by the peer. */
  rejected(): void;
  /** Sent as often as the parameters allow, without an acknowledgement. */
  abandoned(): void;
  /** Acknowledged by an empty message. */
  acknowledged(): void;
}

/**
 * Drives one confirmable message after the other through {@link next}: sends, sets the alarm, sends again.
 *
 * Belongs to one sender for all its life and carries one message at a time, so a transfer of a thousand blocks costs
 * one alarm and no closures.
 */
export class Transmission {
  readonly #wire: Wire;
  readonly #sender: Sender;
  readonly #parameters: TransmissionParameters;
  readonly #alarm: Alarm;
  /** Whether this is the one message outstanding (NSTART), or a separate response beside it. */
  readonly #takesTurn: boolean;
  #delivery: Delivery = { phase: "acknowledged" };
  #bytes: Uint8Array | undefined;
  #peer: Peer | undefined;
  messageId = -1;

  constructor(wire: Wire, sender: Sender, options: { parameters: TransmissionParameters; takesTurn: boolean }) {
    this.#wire = wire;
    this.#sender = sender;
    this.#parameters = options.parameters;
    this.#takesTurn = options.takesTurn;
    this.#alarm = new Alarm(() => this.#timedOut());
  }

  get sender(): Sender {
    return this.#sender;
  }

  get inFlight(): boolean {
    return this.#bytes !== undefined;
  }

  /** Sends an encoded confirmable message, replacing whatever was in flight before. */
  send(peer: Peer, messageId: number, bytes: Uint8Array): void {
    this.stop();
    this.#peer = peer;
    this.#bytes = bytes;
    this.messageId = messageId;
    if (this.#takesTurn) {
      peer.primary = this;
    } else {
      peer.responses ??= new Map();
      peer.responses.set(messageId, this);
    }
    const delivery = begin(this.#parameters, this.#wire.random.next());
    this.#delivery = delivery;
    this.#wire.wheel.set(this.#alarm, delivery.timeout);
    sendBytes(this.#wire, peer, bytes);
  }

  /** Settles the message without telling the sender, who learned it by other means (an implicit acknowledgement). */
  stop(): void {
    const peer = this.#peer;
    if (!peer) return;
    this.#wire.wheel.clear(this.#alarm);
    if (this.#takesTurn) {
      if (peer.primary === this) peer.primary = undefined;
    } else if (peer.responses) {
      peer.responses.delete(this.messageId);
      if (peer.responses.size === 0) peer.responses = undefined;
    }
    this.#peer = undefined;
    this.#bytes = undefined;
  }

  acknowledge(): void {
    this.#delivery = next(this.#delivery, "acknowledged", this.#parameters);
    this.stop();
    this.#sender.acknowledged();
  }

  reset(): void {
    this.#delivery = next(this.#delivery, "reset", this.#parameters);
    this.stop();
    this.#sender.rejected();
  }

  #timedOut(): void {
    if (!this.#peer || !this.#bytes) return;
    this.#delivery = next(this.#delivery, "timed-out", this.#parameters);
    if (this.#delivery.phase === "in-flight") {
      this.#wire.counters.retransmissions++;
      this.#wire.wheel.set(this.#alarm, this.#delivery.timeout);
      sendBytes(this.#wire, this.#peer, this.#bytes);
      return;
    }
    this.stop();
    this.#sender.abandoned();
  }
}

/** The message in flight to a peer that an acknowledgement or reset speaks of. */
export function inFlightMessage(peer: Peer, messageId: number): Transmission | undefined {
  if (peer.primary?.messageId === messageId) return peer.primary;
  return peer.responses?.get(messageId);
}
