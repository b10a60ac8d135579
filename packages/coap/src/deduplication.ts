import { invariant } from "@lamplighter/runtime/invariant";
import type { EndpointCounters } from "./counters.ts";
import { exchangeLifetime, nonLifetime } from "./retransmission.ts";

const none = -1;
/** Answers up to this size lie in the table itself; nearly all acknowledgements do. */
const inlineBytes = 32;
const firstCapacity = 16;

/** One line of entries in the order they expire, by slot. */
interface Order {
  oldest: number;
  newest: number;
}

/**
 * Remembers which messages were handled, so that a retransmission gets the same answer and no second effect
 * (RFC 7252 §4.5): confirmable ones for EXCHANGE_LIFETIME, non-confirmable ones for NON_LIFETIME.
 *
 * A chained hash table whose entries are also linked in the order they expire, one line per lifetime; old ones fall off
 * while new ones arrive, so there is no timer and no sweep. All of it, small answers included, lies in a few arrays of
 * numbers: at a thousand messages a second, hundreds of thousands of objects that live for four minutes are the worst
 * that can be done to a collector that bets on objects dying young.
 *
 * At `entriesMax` the oldest falls off early and is counted. Times are monotonic milliseconds.
 */
export class Deduplication {
  readonly #entriesMax: number;
  readonly #counters: Pick<EndpointCounters, "deduplicationEvictions">;
  readonly #confirmable: Order = { oldest: none, newest: none };
  readonly #nonConfirmable: Order = { oldest: none, newest: none };
  readonly #largeAnswers = new Map<number, Uint8Array>();
  #buckets = new Int32Array(firstCapacity).fill(none);
  #peerIds = new Int32Array(firstCapacity);
  #messageIds = new Uint16Array(firstCapacity);
  #expiries = new Float64Array(firstCapacity);
  #chained = new Int32Array(firstCapacity);
  /** The next younger entry of the same line, or the next free slot. */
  #following = new Int32Array(firstCapacity);
  /** 0 for no answer, 255 for one among the large ones. */
  #answerLengths = new Uint8Array(firstCapacity);
  #answers = new Uint8Array(firstCapacity * inlineBytes);
  #free = none;
  /** Slots from here on were never used. */
  #untouched = 0;
  #size = 0;

  constructor(entriesMax: number, counters: Pick<EndpointCounters, "deduplicationEvictions">) {
    invariant(entriesMax >= 1, "deduplication needs room for one message");
    this.#entriesMax = entriesMax;
    this.#counters = counters;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether this message was handled before and is still remembered. */
  has(peerId: number, messageId: number, now: number): boolean {
    const slot = this.#find(peerId, messageId);
    return slot !== none && this.#expiries[slot]! > now;
  }

  /** Notes a message that {@link has} did not know. */
  remember(peerId: number, messageId: number, isConfirmable: boolean, now: number): void {
    this.#dropExpired(now);
    if (this.#size >= this.#entriesMax) this.#dropOldest();
    const slot = this.#takeSlot();
    this.#peerIds[slot] = peerId;
    this.#messageIds[slot] = messageId;
    this.#expiries[slot] = now + (isConfirmable ? exchangeLifetime : nonLifetime);
    this.#answerLengths[slot] = 0;
    this.#following[slot] = none;
    const bucket = this.#bucket(peerId, messageId);
    this.#chained[slot] = this.#buckets[bucket]!;
    this.#buckets[bucket] = slot;
    const order = isConfirmable ? this.#confirmable : this.#nonConfirmable;
    if (order.newest === none) order.oldest = slot;
    else this.#following[order.newest] = slot;
    order.newest = slot;
    this.#size++;
  }

  /** Keeps a copy of what was answered; nothing when the message has been forgotten in the meantime. */
  keepAnswer(peerId: number, messageId: number, answer: Uint8Array): void {
    const slot = this.#find(peerId, messageId);
    if (slot === none) return;
    if (this.#answerLengths[slot] === 255) this.#largeAnswers.delete(slot);
    const { length } = answer;
    if (length > inlineBytes) {
      this.#answerLengths[slot] = 255;
      this.#largeAnswers.set(slot, answer.slice());
      return;
    }
    this.#answerLengths[slot] = length;
    const start = slot * inlineBytes;
    for (let index = 0; index < length; index++) this.#answers[start + index] = answer[index]!;
  }

  /** What to send again when the message comes again; a copy, free to be sent. `undefined` when it has no answer yet. */
  answerTo(peerId: number, messageId: number): Uint8Array | undefined {
    const slot = this.#find(peerId, messageId);
    const length = slot === none ? 0 : this.#answerLengths[slot]!;
    if (length === 0) return undefined;
    if (length === 255) return this.#largeAnswers.get(slot);
    return this.#answers.slice(slot * inlineBytes, slot * inlineBytes + length);
  }

  #find(peerId: number, messageId: number): number {
    let slot = this.#buckets[this.#bucket(peerId, messageId)]!;
    while (slot !== none && (this.#messageIds[slot] !== messageId || this.#peerIds[slot] !== peerId)) {
      slot = this.#chained[slot]!;
    }
    return slot;
  }

  #bucket(peerId: number, messageId: number): number {
    // One peer's ids count upwards and so never meet; the multiplier only spreads the peers.
    return (Math.imul(peerId, 0x9e3779b1) + messageId) & (this.#buckets.length - 1);
  }

  #takeSlot(): number {
    if (this.#free !== none) {
      const slot = this.#free;
      this.#free = this.#following[slot]!;
      return slot;
    }
    if (this.#untouched === this.#peerIds.length) this.#grow();
    return this.#untouched++;
  }

  #dropExpired(now: number): void {
    this.#dropExpiredOf(this.#confirmable, now);
    this.#dropExpiredOf(this.#nonConfirmable, now);
  }

  #dropExpiredOf(order: Order, now: number): void {
    while (order.oldest !== none && this.#expiries[order.oldest]! <= now) this.#drop(order);
  }

  #dropOldest(): void {
    const con = this.#confirmable.oldest;
    const non = this.#nonConfirmable.oldest;
    this.#counters.deduplicationEvictions++;
    const isNonFirst = non !== none && (con === none || this.#expiries[non]! < this.#expiries[con]!);
    this.#drop(isNonFirst ? this.#nonConfirmable : this.#confirmable);
  }

  #drop(order: Order): void {
    const slot = order.oldest;
    order.oldest = this.#following[slot]!;
    if (order.oldest === none) order.newest = none;
    const bucket = this.#bucket(this.#peerIds[slot]!, this.#messageIds[slot]!);
    if (this.#buckets[bucket] === slot) {
      this.#buckets[bucket] = this.#chained[slot]!;
    } else {
      let link = this.#buckets[bucket]!;
      while (this.#chained[link] !== slot) link = this.#chained[link]!;
      this.#chained[link] = this.#chained[slot]!;
    }
    if (this.#answerLengths[slot] === 255) this.#largeAnswers.delete(slot);
    this.#following[slot] = this.#free;
    this.#free = slot;
    this.#size--;
  }

  /** Doubles all arrays. Called only when every slot is in use. */
  #grow(): void {
    const capacity = this.#peerIds.length * 2;
    this.#peerIds = grown(this.#peerIds, new Int32Array(capacity));
    this.#messageIds = grown(this.#messageIds, new Uint16Array(capacity));
    this.#expiries = grown(this.#expiries, new Float64Array(capacity));
    this.#chained = grown(this.#chained, new Int32Array(capacity));
    this.#following = grown(this.#following, new Int32Array(capacity));
    this.#answerLengths = grown(this.#answerLengths, new Uint8Array(capacity));
    this.#answers = grown(this.#answers, new Uint8Array(capacity * inlineBytes));
    this.#buckets = new Int32Array(capacity).fill(none);
    for (let slot = 0; slot < this.#untouched; slot++) {
      const bucket = this.#bucket(this.#peerIds[slot]!, this.#messageIds[slot]!);
      this.#chained[slot] = this.#buckets[bucket]!;
      this.#buckets[bucket] = slot;
    }
  }
}

function grown<Numbers extends { set(from: Numbers): void }>(from: Numbers, into: Numbers): Numbers {
  into.set(from);
  return into;
}
