import type { Address } from "@lamplighter/runtime/datagram";

/** A host with more than this part of a full table makes room in it for the others. */
export const hostShare = 1 / 16;

/** Groups of 16 bits. */
const groupsOfAddress = 8;
const groupsOfNetwork = 4;

interface TableEntry {
  readonly from: Address;
}

/**
 * The handshakes of a server, one for each address, and no more than so many.
 *
 * A cookie proves an address, and a host has sixty thousand of them, so one host could fill the table and push out everybody
 * else's. When it is full the oldest goes of the host that has most, if that is more than its share, and else the oldest of all:
 * lights that come in by one address, as behind one NAT, may have all the room that nobody else wants.
 */
export class HandshakeTable<Entry extends TableEntry> {
  readonly #max: number;
  /** The oldest comes first, here and of each host. */
  readonly #byAddress = new Map<Address, Entry>();
  readonly #byHost = new Map<string, Set<Entry>>();
  /** Of the host that had most when last one came in. */
  #largest: Set<Entry> | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  get(address: Address): Entry | undefined {
    return this.#byAddress.get(address);
  }

  all(): IterableIterator<Entry> {
    return this.#byAddress.values();
  }

  /** The one that has to go before another can come in; undefined while there is room. */
  get superfluous(): Entry | undefined {
    if (this.#byAddress.size < this.#max) return undefined;
    const crowd = this.#largest && this.#largest.size > this.#max * hostShare ? this.#largest : undefined;
    const [oldest] = crowd ?? this.#byAddress.values();
    return oldest;
  }

  /** Adds one for an address that has none. */
  add(entry: Entry): void {
    const host = hostOf(entry.from);
    const ofHost = this.#byHost.get(host) ?? new Set();
    ofHost.add(entry);
    this.#byHost.set(host, ofHost);
    this.#byAddress.set(entry.from, entry);
    if (ofHost.size >= (this.#largest?.size ?? 0)) this.#largest = ofHost;
  }

  /** Removes one, if it is still the one of its address. */
  remove(entry: Entry): void {
    if (this.#byAddress.get(entry.from) !== entry) return;
    this.#byAddress.delete(entry.from);
    const host = hostOf(entry.from);
    const ofHost = this.#byHost.get(host);
    ofHost?.delete(entry);
    if (ofHost?.size === 0) this.#byHost.delete(host);
  }

  clear(): void {
    this.#byAddress.clear();
    this.#byHost.clear();
    this.#largest = undefined;
  }
}

/**
 * Who writes from an address, as far as shares go: the host, and of IPv6 its network of 64 bits, for whoever has one address
 * in that has all 2^64 of them (RFC 4291 §2.5.1, RFC 7934).
 */
export function hostOf(address: Address): string {
  const host = address.slice(0, address.lastIndexOf(":"));
  // One of IPv4 on a socket of both is written as one of IPv6, all of them in one network.
  if (!host.startsWith("[") || host.startsWith("[::ffff:")) return host;
  const [before = [], after = []] = host
    .slice(1, -1)
    .split("::")
    .map((part) => (part === "" ? [] : part.split(":")));
  const left = Math.max(0, groupsOfAddress - before.length - after.length);
  return [...before, ...Array<string>(left).fill("0"), ...after].slice(0, groupsOfNetwork).join(":");
}
