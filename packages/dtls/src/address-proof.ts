import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { type Duration, seconds } from "@lamplighter/runtime/duration";
import type { LiveConnection } from "./connection-table.ts";
import { contentType } from "./record.ts";
import type { PlainRecord } from "./record-protection.ts";

/** What may go to an address that a connection moved to, until its peer has shown that it hears there (RFC 9146 §6). */
export const unprovedLimits = {
  /** Bytes sent for each byte that was heard from there. */
  factor: 3,
  /** And so many in a second besides, one datagram's worth at once: a peer that answers no challenge is slow, and not cut off. */
  bytesPerSecond: 600,
  bytesAtOnce: 1_500,
  /** Datagrams that wait; beyond, the newest is dropped, as UDP may. They go when the address is proved or more was heard. */
  waitingMax: 4,
  /** Kept back of what may be sent until the peer was challenged: a challenge of CoAP's in a record with a short id. */
  challengeBytes: 64,
  /** While nothing answers and something waits, another challenge is sent so often, when something is heard. */
  challengeEvery: seconds(1) as Duration,
  /** What may be an answer to one challenge by its length is looked at so often: a challenge of CoAP's has but 16 bits to guess. */
  guessesMax: 8,
} as const;

/** An address that one connection moved to, and what may still be sent there. */
export interface UnprovedAddress {
  /** Where its peer was proved to hear. */
  readonly proved: Address;
  /** Bytes that may still be sent; grows with time and with what is heard. */
  credit: number;
  countedAt: number;
  readonly waiting: Uint8Array[];
  challenge: Uint8Array | undefined;
  challengedAt: number;
  guesses: number;
}

interface AddressProofOptions {
  readonly port: DatagramPort;
  readonly monotonic: () => number;
  /** Something that every peer answers, with unguessable bytes in it. */
  readonly challenge: () => Uint8Array;
  readonly isAnswer: (challenge: Uint8Array, datagram: Uint8Array) => boolean;
}

/**
 * Holds back what is sent to addresses that nobody has proved to hear at.
 *
 * A light that has a key may write from a forged address, and who stands on the way may let a light's genuine record come
 * from one: without a bound each could turn a server's long answers against somebody else. The peer is sent
 * little more than it sent itself; what is more waits, and has it sent a challenge. Until that is answered the rest waits on. A
 * light that wakes up somewhere else each time, and is told little, is asked nothing: its radio is dear.
 */
export class AddressProofs {
  readonly #options: AddressProofOptions;

  constructor(options: AddressProofOptions) {
    this.#options = options;
  }

  /** The peer of a connection was heard at another address than `former`. */
  moved(live: LiveConnection, former: Address): void {
    const { unproved } = live;
    const proved = unproved?.proved ?? former;
    const now = this.#options.monotonic();
    const counts = { credit: 0, countedAt: now, challengedAt: Number.NEGATIVE_INFINITY, guesses: 0 };
    if (proved !== live.udpAddress) live.unproved = { proved, ...counts, waiting: [], challenge: undefined };
    else if (unproved) this.#prove(live, unproved);
  }

  /** A genuine record of the peer came from its present address, with so many bytes. */
  heard(live: LiveConnection, bytes: number, { type, content }: PlainRecord): void {
    const { unproved } = live;
    if (!unproved) return;
    const { factor } = unprovedLimits;
    if (type === contentType.applicationData && this.#isProvedBy(unproved, content)) return this.#prove(live, unproved);
    unproved.credit += factor * bytes;
    this.#sendWaiting(live, unproved);
  }

  /** Sends a sealed datagram to where the peer is, now or when it may be. */
  send(live: LiveConnection, datagram: Uint8Array): void {
    const { unproved } = live;
    if (!unproved) return this.#options.port.send(live.udpAddress, datagram);
    if (unproved.waiting.length < unprovedLimits.waitingMax) unproved.waiting.push(datagram);
    this.#sendWaiting(live, unproved);
  }

  #sendWaiting(live: LiveConnection, unproved: UnprovedAddress): void {
    const { waiting } = unproved;
    while (waiting.length > 0 && this.#pays(unproved, waiting[0]!)) {
      this.#options.port.send(live.udpAddress, waiting.shift()!);
    }
    if (waiting.length > 0) this.#challenge(live, unproved);
  }

  #challenge(live: LiveConnection, unproved: UnprovedAddress): void {
    const now = this.#options.monotonic();
    if (now - unproved.challengedAt < unprovedLimits.challengeEvery) return;
    const challenge = this.#options.challenge();
    const sealed = live.connection.seal(contentType.applicationData, challenge);
    if (!sealed || !this.#pays(unproved, sealed, 0)) return;
    unproved.challenge = challenge;
    unproved.challengedAt = now;
    unproved.guesses = 0;
    this.#options.port.send(live.udpAddress, sealed);
  }

  #isProvedBy(unproved: UnprovedAddress, datagram: Uint8Array): boolean {
    const { challenge } = unproved;
    if (challenge?.length !== datagram.length || unproved.guesses >= unprovedLimits.guessesMax) return false;
    unproved.guesses++;
    return this.#options.isAnswer(challenge, datagram);
  }

  #prove(live: LiveConnection, { waiting }: UnprovedAddress): void {
    live.unproved = undefined;
    for (const datagram of waiting) this.#options.port.send(live.udpAddress, datagram);
  }

  /** Pays for a datagram with what may still be sent, if that is enough, and leaves something for the first challenge. */
  #pays(
    unproved: UnprovedAddress,
    { length }: Uint8Array,
    left: number = unproved.challenge ? 0 : unprovedLimits.challengeBytes,
  ): boolean {
    const { bytesPerSecond, bytesAtOnce } = unprovedLimits;
    const now = this.#options.monotonic();
    const grown = unproved.credit + ((now - unproved.countedAt) * bytesPerSecond) / 1_000;
    unproved.credit = Math.max(unproved.credit, Math.min(bytesAtOnce, grown));
    unproved.countedAt = now;
    if (unproved.credit < length + left) return false;
    unproved.credit -= length;
    return true;
  }
}
