import type { EndpointCounters } from "./counters.ts";
import type { EndpointLimits } from "./limits.ts";
import type { Peer, Turn } from "./peer.ts";

/**
 * Lets one message at a time be outstanding with each peer (NSTART = 1, RFC 7252 §4.7).
 *
 * First come, first served. A block transfer takes a turn per block and goes to the end of the line in between, so that
 * a read does not wait for a whole firmware image. Both the line of one peer and all lines together are bounded.
 */
export class TurnQueue {
  readonly #limits: EndpointLimits;
  readonly #counters: EndpointCounters;
  #queued = 0;

  constructor(limits: EndpointLimits, counters: EndpointCounters) {
    this.#limits = limits;
    this.#counters = counters;
  }

  get queued(): number {
    return this.#queued;
  }

  /** Whether one more asker would get the turn or a place in the line. */
  hasRoom(peer: Peer): boolean {
    if (!peer.holder) return true;
    const waiting = peer.queue?.length ?? 0;
    return waiting < this.#limits.queuedPerPeerMax && this.#queued < this.#limits.queuedMax;
  }

  /** Gives the turn at once or puts the asker in line. False when the line is full; the asker is then not in it. */
  ask(peer: Peer, turn: Turn): boolean {
    if (!peer.holder) {
      peer.holder = turn;
      turn.take();
      return true;
    }
    if (!this.hasRoom(peer)) {
      this.#counters.queueRefusals++;
      return false;
    }
    this.#enqueue(peer, turn);
    return true;
  }

  /** Ends a turn in the middle of a transfer and asks for the next one. Never refused: it held a place already. */
  askAgain(peer: Peer, turn: Turn): void {
    if (!peer.queue && (!peer.holder || peer.holder === turn)) {
      peer.holder = turn;
      turn.take();
      return;
    }
    this.#enqueue(peer, turn);
    if (peer.holder === turn) this.#pass(peer);
  }

  /** Ends a turn, or leaves the line. Harmless for one that has neither. */
  end(peer: Peer, turn: Turn): void {
    if (peer.holder === turn) {
      this.#pass(peer);
    } else if (peer.queue) {
      const at = peer.queue.indexOf(turn);
      if (at < 0) return;
      peer.queue.splice(at, 1);
      this.#queued--;
      if (peer.queue.length === 0) peer.queue = undefined;
    }
  }

  /** Empties the line of a peer that is being forgotten. */
  dropAll(peer: Peer): void {
    const { holder, queue } = peer;
    this.#queued -= queue?.length ?? 0;
    peer.queue = undefined;
    peer.holder = undefined;
    holder?.drop();
    for (const turn of queue ?? []) turn.drop();
  }

  #enqueue(peer: Peer, turn: Turn): void {
    peer.queue ??= [];
    peer.queue.push(turn);
    this.#queued++;
  }

  #pass(peer: Peer): void {
    const following = peer.queue?.shift();
    if (peer.queue?.length === 0) peer.queue = undefined;
    peer.holder = following;
    if (!following) return;
    this.#queued--;
    following.take();
  }
}
