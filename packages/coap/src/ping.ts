import { CON } from "./message.ts";
import type { Peer, Turn } from "./peer.ts";
import { type Sender, Transmission } from "./transmission.ts";
import { emptyMessage, type Wire } from "./wire.ts";

/** One CoAP ping: the reset that it provokes is the sign of life (RFC 7252 §4.3). */
export class Ping implements Turn, Sender {
  readonly #wire: Wire;
  readonly #peer: Peer;
  readonly #done: (alive: boolean) => void;
  readonly #transmission: Transmission;
  #isOver = false;

  constructor(wire: Wire, peer: Peer, done: (alive: boolean) => void) {
    this.#wire = wire;
    this.#peer = peer;
    this.#done = done;
    this.#transmission = new Transmission(wire, this, { parameters: wire.transmission, takesTurn: true });
  }

  take(): void {
    const messageId = this.#peer.nextMessageId();
    this.#transmission.send(this.#peer, messageId, emptyMessage(CON, messageId));
  }

  drop(): void {
    this.#end(false);
  }

  rejected(): void {
    this.#end(true);
  }

  // Not what the RFC asks for, but some answer a ping with an acknowledgement, and that is a sign of life too.
  acknowledged(): void {
    this.#end(true);
  }

  abandoned(): void {
    this.#wire.counters.timeouts++;
    this.#end(false);
  }

  #end(alive: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#transmission.stop();
    this.#wire.turns.end(this.#peer, this);
    this.#done(alive);
  }
}
