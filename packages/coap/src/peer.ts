import type { Address } from "@lamplighter/runtime/datagram";
import type { Random } from "@lamplighter/runtime/random";
import { SmallSet } from "@lamplighter/runtime/small-set";
import type { EndpointCounters } from "./counters.ts";
import type { Transmission } from "./transmission.ts";

/** Something that waits for its turn to have one message outstanding with a peer (RFC 7252 §4.7). */
export interface Turn {
  /** The turn has come: send. The turn lasts until `PeerTable`'s owner is told that it ended. */
  take(): void;
  /** The peer is forgotten or the endpoint closes: end as cancelled. */
  drop(): void;
}

/** What an endpoint remembers of one other endpoint. Small, for there may be a hundred thousand. */
export class Peer {
  readonly id: number;
  readonly address: Address;
  #messageId: number;
  #notifications: { readonly messageId: number; readonly about: Tie }[] | undefined;
  /** Whose turn it is (NSTART = 1). */
  holder: Turn | undefined = undefined;
  queue: Turn[] | undefined = undefined;
  /** The unacknowledged message of the turn's holder. */
  primary: Transmission | undefined = undefined;
  /** Unacknowledged separate responses by message id; they answer the peer's own pace and wait for no turn. */
  responses: Map<number, Transmission> | undefined = undefined;
  /** Everything that must end when the peer is forgotten. */
  ties: SmallSet<Tie> | undefined = undefined;
  /** The table's own order, from heard longest ago to just now. */
  older: Peer | undefined = undefined;
  newer: Peer | undefined = undefined;

  constructor(id: number, address: Address, firstMessageId: number) {
    this.id = id;
    this.address = address;
    this.#messageId = firstMessageId;
  }

  /** Message ids count per peer, so that 65,536 of them last one peer for EXCHANGE_LIFETIME (RFC 7252 §4.4). */
  nextMessageId(): number {
    this.#messageId = (this.#messageId + 1) & 0xffff;
    return this.#messageId;
  }

  /** Notes the message id of a non-confirmable notification, in case a reset comes for it. The last few are enough. */
  noteNotification(messageId: number, about: Tie): void {
    this.#notifications ??= [];
    this.#notifications.push({ messageId, about });
    if (this.#notifications.length > 8) this.#notifications.shift();
  }

  notificationOf(messageId: number): Tie | undefined {
    return this.#notifications?.find((sent) => sent.messageId === messageId)?.about;
  }

  tie(tie: Tie): void {
    this.ties ??= new SmallSet();
    this.ties.add(tie);
  }

  untie(tie: Tie): void {
    this.ties?.delete(tie);
    if (this.ties?.size === 0) this.ties = undefined;
  }

  get idle(): boolean {
    return this.ties === undefined && this.holder === undefined && this.responses === undefined;
  }
}

/** An exchange, an observation or a subscription: keeps its peer from being evicted, and ends with it. */
export interface Tie {
  peerForgotten(): void;
}

/** The peers of one endpoint, bounded: see `EndpointLimits.peersMax`. */
export class PeerTable {
  readonly #peers = new Map<Address, Peer>();
  readonly #peersMax: number;
  readonly #random: Random;
  readonly #counters: EndpointCounters;
  #lastId = 0;
  #oldest: Peer | undefined;
  #newest: Peer | undefined;

  constructor({ peersMax, random, counters }: { peersMax: number; random: Random; counters: EndpointCounters }) {
    this.#peersMax = peersMax;
    this.#random = random;
    this.#counters = counters;
  }

  get size(): number {
    return this.#peers.size;
  }

  find(address: Address): Peer | undefined {
    return this.#peers.get(address);
  }

  /** The peer at an address, new if need be; `undefined` when the table is full of peers that wait for something. */
  meet(address: Address): Peer | undefined {
    const known = this.#peers.get(address);
    if (known) {
      if (known !== this.#newest) {
        this.#unlink(known);
        this.#append(known);
      }
      return known;
    }
    if (this.#peers.size >= this.#peersMax && !this.#evict()) {
      this.#counters.peersRefused++;
      return undefined;
    }
    this.#lastId = (this.#lastId + 1) | 0;
    const peer = new Peer(this.#lastId, address, Math.floor(this.#random.next() * 0x10000));
    this.#peers.set(address, peer);
    this.#append(peer);
    return peer;
  }

  forget(peer: Peer): void {
    if (this.#peers.get(peer.address) !== peer) return;
    this.#peers.delete(peer.address);
    this.#unlink(peer);
  }

  [Symbol.iterator](): IterableIterator<Peer> {
    return this.#peers.values();
  }

  #evict(): boolean {
    // A few tries only: a table full of busy peers must not make each datagram walk through all of them.
    for (let tries = 0; tries < 16 && this.#oldest; tries++) {
      const candidate = this.#oldest;
      if (candidate.idle) {
        this.forget(candidate);
        this.#counters.peerEvictions++;
        return true;
      }
      this.#unlink(candidate);
      this.#append(candidate);
    }
    return false;
  }

  #append(peer: Peer): void {
    peer.older = this.#newest;
    if (this.#newest) this.#newest.newer = peer;
    else this.#oldest = peer;
    this.#newest = peer;
  }

  #unlink(peer: Peer): void {
    if (peer.older) peer.older.newer = peer.newer;
    else this.#oldest = peer.newer;
    if (peer.newer) peer.newer.older = peer.older;
    else this.#newest = peer.older;
    peer.older = undefined;
    peer.newer = undefined;
  }
}
