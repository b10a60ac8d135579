import type { Peer } from "./peer.ts";
import type { ServerRequest } from "./server-request.ts";
import { Subscription } from "./subscription.ts";
import { type Sender, Transmission } from "./transmission.ts";
import type { Wire } from "./wire.ts";

/** A response that follows its request's empty acknowledgement, as a confirmable message of its own (RFC 7252 §5.2.2). */
export class SeparateResponse implements Sender {
  readonly #wire: Wire;
  readonly #transmission: Transmission;
  readonly #request: ServerRequest;

  constructor(wire: Wire, request: ServerRequest) {
    this.#wire = wire;
    this.#request = request;
    this.#transmission = new Transmission(wire, this, { parameters: wire.transmission, takesTurn: false });
  }

  send(peer: Peer, messageId: number, bytes: Uint8Array): void {
    this.#transmission.send(peer, messageId, bytes);
  }

  acknowledged(): void {}

  rejected(): void {
    this.#endSubscription();
  }

  abandoned(): void {
    this.#wire.counters.timeouts++;
    this.#endSubscription();
  }

  // Who does not take the first answer does not take the following ones either.
  #endSubscription(): void {
    if (this.#request.subscriber instanceof Subscription) this.#request.subscriber.end();
  }
}
