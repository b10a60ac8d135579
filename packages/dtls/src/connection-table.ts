import type { Address } from "@lamplighter/runtime/datagram";
import { type Duration, minutes } from "@lamplighter/runtime/duration";
import type { UnprovedAddress } from "./address-proof.ts";
import type { Connection } from "./connection.ts";
import type { Established } from "./established.ts";
import type { DtlsLimits } from "./limits.ts";

/** A connection in use. */
export interface LiveConnection {
  /** What it is called above: the same as long as it lives. */
  readonly name: Address;
  readonly established: Established;
  readonly connection: Connection;
  readonly connectedAt: number;
  udpAddress: Address;
  heardAt: number;
  /** Set while nothing shows that the peer hears where it was heard last. */
  unproved?: UnprovedAddress | undefined;
}

export type Gone = "closed" | "replaced" | "idle" | "aged" | "evicted" | "spent";

interface TableOptions {
  readonly limits: DtlsLimits;
  readonly monotonic: () => number;
  readonly gone: (live: LiveConnection, why: Gone) => void;
}

/** The order of those heard from longest ago is kept to about this much: exact would cost with every record. */
const orderWithin: Duration = minutes(1);

/** All live connections, found by name, by connection id, by the UDP address they are at, and by identity. */
export class ConnectionTable {
  readonly #options: TableOptions;
  /** The one heard from longest ago comes first, to within {@link orderWithin}. */
  readonly #byName = new Map<Address, LiveConnection>();
  readonly #byId = new Map<number, LiveConnection>();
  readonly #byAddress = new Map<Address, LiveConnection>();
  readonly #byIdentity = new Map<string, LiveConnection>();

  constructor(options: TableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byName.size;
  }

  named(name: Address): LiveConnection | undefined {
    return this.#byName.get(name);
  }

  withId(connectionId: Uint8Array): LiveConnection | undefined {
    return this.#byId.get(idKey(connectionId));
  }

  /** The connection at a UDP address, which a connection without ids is known by. */
  at(address: Address): LiveConnection | undefined {
    return this.#byAddress.get(address);
  }

  ofIdentity(identity: Uint8Array): readonly LiveConnection[] {
    const live = this.#byIdentity.get(identityKey(identity));
    return live ? [live] : [];
  }

  all(): IterableIterator<LiveConnection> {
    return this.#byName.values();
  }

  /** An id that no live connection has. */
  freeId(draw: () => Uint8Array): Uint8Array {
    for (;;) {
      const connectionId = draw();
      if (!this.#byId.has(idKey(connectionId))) return connectionId;
    }
  }

  /** Takes in a connection of an earlier process. False when its light has a newer one already, or the table is full. */
  addRestored(live: LiveConnection): boolean {
    const { connectionIds, identity } = live.established;
    if (this.#byIdentity.has(identityKey(identity)) || this.#byName.size >= this.#options.limits.connectionsMax)
      return false;
    this.#byName.set(live.name, live);
    this.#byIdentity.set(identityKey(identity), live);
    const there = this.#byAddress.get(live.udpAddress);
    if (!there || !hasId(live)) this.#byAddress.set(live.udpAddress, live);
    if (connectionIds && hasId(live)) this.#byId.set(idKey(connectionIds.ours), live);
    return true;
  }

  /**
   * Takes a connection in. One of the same identity is replaced: its light has begun anew. One at the same address goes only
   * when it cannot be anywhere else; with a connection id, its light may sleep behind a NAT that gave its port away.
   */
  add(given: Omit<LiveConnection, "connectedAt" | "heardAt">): LiveConnection {
    const now = this.#options.monotonic();
    const live: LiveConnection = { ...given, connectedAt: now, heardAt: now };
    const { identity, connectionIds } = live.established;
    const sameLight = this.#byIdentity.get(identityKey(identity));
    if (sameLight) this.remove(sameLight, "replaced");
    const sameAddress = this.#byAddress.get(live.udpAddress);
    if (sameAddress && !hasId(sameAddress)) this.remove(sameAddress, "replaced");
    if (this.#byName.size >= this.#options.limits.connectionsMax) {
      const [oldest] = this.#byName.values();
      if (oldest) this.remove(oldest, "evicted");
    }
    this.#byName.set(live.name, live);
    this.#byAddress.set(live.udpAddress, live);
    this.#byIdentity.set(identityKey(identity), live);
    if (connectionIds && hasId(live)) this.#byId.set(idKey(connectionIds.ours), live);
    return live;
  }

  heard(live: LiveConnection): void {
    const now = this.#options.monotonic();
    if (now - live.heardAt >= orderWithin) {
      this.#byName.delete(live.name);
      this.#byName.set(live.name, live);
    }
    live.heardAt = now;
  }

  /** The peer is at another address now. A connection that was there without an id cannot be reached any more. */
  move(live: LiveConnection, to: Address): void {
    if (this.#byAddress.get(live.udpAddress) === live) this.#byAddress.delete(live.udpAddress);
    live.udpAddress = to;
    const there = this.#byAddress.get(to);
    if (!there || hasId(there)) this.#byAddress.set(to, live);
  }

  remove(live: LiveConnection, why: Gone): void {
    if (!this.#byName.delete(live.name)) return;
    const { identity, connectionIds } = live.established;
    if (this.#byAddress.get(live.udpAddress) === live) this.#byAddress.delete(live.udpAddress);
    if (this.#byIdentity.get(identityKey(identity)) === live) this.#byIdentity.delete(identityKey(identity));
    if (connectionIds && hasId(live)) this.#byId.delete(idKey(connectionIds.ours));
    this.#options.gone(live, why);
  }

  /** Removes what is idle or too old. */
  sweep(): void {
    const { limits, monotonic } = this.#options;
    const now = monotonic();
    for (const live of this.#byName.values()) {
      if (now - live.heardAt >= limits.idleMax) this.remove(live, "idle");
      else if (now - live.connectedAt >= limits.ageMax) this.remove(live, "aged");
    }
  }
}

/** Whether its peer is known by an id, wherever it is. */
function hasId({ established: { connectionIds } }: LiveConnection): boolean {
  return connectionIds !== undefined && connectionIds.ours.length > 0;
}

/** Six bytes are exact as a number, which is the cheapest key. */
function idKey(connectionId: Uint8Array): number {
  let key = 0;
  for (const byte of connectionId) key = key * 256 + byte;
  return key;
}

function identityKey(identity: Uint8Array): string {
  return Buffer.from(identity).toString("latin1");
}
