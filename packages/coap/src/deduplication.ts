import type { EndpointCounters } from "./counters.ts";
import { exchangeLifetime, nonLifetime } from "./retransmission.ts";

/** One message already seen, and the encoded answer it got, if it got one. */
export class SeenMessage {
  readonly peerId: number;
  readonly messageId: number;
  readonly expiresAt: number;
  /** What to send again when the message comes again. */
  answer: Uint8Array | undefined = undefined;
  /** The store's own: neighbours in the bucket and in the order of expiry. */
  chained: SeenMessage | undefined = undefined;
  newer: SeenMessage | undefined = undefined;

  constructor(peerId: number, messageId: number, expiresAt: number) {
    this.peerId = peerId;
    this.messageId = messageId;
    this.expiresAt = expiresAt;
  }
}

interface Order {
  oldest: SeenMessage | undefined;
  newest: SeenMessage | undefined;
}

/**
 * Remembers which messages were handled, so that a retransmission gets the same answer and no second effect
 * (RFC 7252 §4.5): confirmable ones for EXCHANGE_LIFETIME, non-confirmable ones for NON_LIFETIME.
 *
 * A chained hash table whose entries are also linked in the order they expire, one line per lifetime; old ones fall off
 * while new ones arrive, so there is no timer and no sweep. At `entriesMax` the oldest falls off early and is counted.
 * Times are monotonic milliseconds.
 */
export class Deduplication {
  readonly #entriesMax: number;
  readonly #confirmable: Order = { oldest: undefined, newest: undefined };
  readonly #nonConfirmable: Order = { oldest: undefined, newest: undefined };
  #buckets: (SeenMessage | undefined)[] = new Array(64).fill(undefined);
  #size = 0;
  readonly #counters: Pick<EndpointCounters, "deduplicationEvictions">;

  constructor(entriesMax: number, counters: Pick<EndpointCounters, "deduplicationEvictions">) {
    this.#entriesMax = entriesMax;
    this.#counters = counters;
  }

  get size(): number {
    return this.#size;
  }

  find(peerId: number, messageId: number, now: number): SeenMessage | undefined {
    let entry = this.#buckets[this.#bucket(peerId, messageId)];
    while (entry) {
      if (entry.messageId === messageId && entry.peerId === peerId) return entry.expiresAt > now ? entry : undefined;
      entry = entry.chained;
    }
    return undefined;
  }

  /** Notes a message that {@link find} did not know. */
  remember(peerId: number, messageId: number, confirmable: boolean, now: number): SeenMessage {
    this.#dropExpired(now);
    if (this.#size >= this.#entriesMax) this.#dropOldest();
    if (this.#size >= this.#buckets.length) this.#grow();
    const entry = new SeenMessage(peerId, messageId, now + (confirmable ? exchangeLifetime : nonLifetime));
    const bucket = this.#bucket(peerId, messageId);
    entry.chained = this.#buckets[bucket];
    this.#buckets[bucket] = entry;
    const order = confirmable ? this.#confirmable : this.#nonConfirmable;
    if (order.newest) order.newest.newer = entry;
    else order.oldest = entry;
    order.newest = entry;
    this.#size++;
    return entry;
  }

  #bucket(peerId: number, messageId: number): number {
    // One peer's ids count upwards and so never meet; the multiplier only spreads the peers.
    return (Math.imul(peerId, 0x9e3779b1) + messageId) & (this.#buckets.length - 1);
  }

  #dropExpired(now: number): void {
    while (this.#confirmable.oldest && this.#confirmable.oldest.expiresAt <= now) this.#drop(this.#confirmable);
    while (this.#nonConfirmable.oldest && this.#nonConfirmable.oldest.expiresAt <= now)
      this.#drop(this.#nonConfirmable);
  }

  #dropOldest(): void {
    const { oldest: con } = this.#confirmable;
    const { oldest: non } = this.#nonConfirmable;
    this.#counters.deduplicationEvictions++;
    this.#drop(non && (!con || non.expiresAt < con.expiresAt) ? this.#nonConfirmable : this.#confirmable);
  }

  #drop(order: Order): void {
    const entry = order.oldest;
    if (!entry) return;
    order.oldest = entry.newer;
    if (!order.oldest) order.newest = undefined;
    // A dropped entry must not hold the chain of everything younger alive for whoever still holds it.
    entry.newer = undefined;
    const bucket = this.#bucket(entry.peerId, entry.messageId);
    let link = this.#buckets[bucket];
    if (link === entry) {
      this.#buckets[bucket] = entry.chained;
    } else {
      while (link && link.chained !== entry) link = link.chained;
      if (link) link.chained = entry.chained;
    }
    entry.chained = undefined;
    this.#size--;
  }

  #grow(): void {
    const old = this.#buckets;
    this.#buckets = new Array(old.length * 2).fill(undefined);
    for (const head of old) {
      for (let entry = head; entry; ) {
        const following: SeenMessage | undefined = entry.chained;
        const bucket = this.#bucket(entry.peerId, entry.messageId);
        entry.chained = this.#buckets[bucket];
        this.#buckets[bucket] = entry;
        entry = following;
      }
    }
  }
}
