import type { Trace } from "@lamplighter/coap/endpoint";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import type { BootstrapServerEvent } from "../bootstrap/server.ts";
import type { ServerEvent } from "../server-event.ts";
import { ExchangeRecord } from "./exchange-record.ts";
import { traceLimits, traceLingerFor } from "./trace-limits.ts";
import type { TracedServer } from "./traced-exchange.ts";

/** One device that is recorded. */
interface Watched {
  readonly endpoint: string;
  readonly record: ExchangeRecord;
  /** Where it speaks from; a device may use another port for each of our servers. */
  readonly addresses: Map<TracedServer, Address>;
  watchers: number;
  end: Cancel | undefined;
  readonly listeners: Set<() => void>;
}

/** One of our servers, whose datagrams can be heard. */
export interface TracedWire {
  /** Sets or takes away the endpoint's tap. */
  readonly tap: (trace: Trace | undefined) => void;
  readonly addressOf: (endpoint: string) => Address | undefined;
}

/** Somebody's look at one device's record. */
export interface Watching {
  readonly record: ExchangeRecord;
  /** Called after each datagram of the device, until the returned function is; often, so it should note and return. */
  onChange(listener: () => void): () => void;
  stop(): void;
}

/**
 * Records the conversation with those devices that somebody watches, and with no other.
 *
 * While nobody watches, the endpoint has no tap at all. A device is followed by its address, and to a new one when it says
 * so by a Register or an Update: those datagrams themselves come from an address that is not known yet, so the last few of
 * strangers are kept for that.
 */
export class TraceRecorder {
  readonly #clock: Clock;
  readonly #wires = new Map<TracedServer, TracedWire>();
  readonly #observedUnder: (endpoint: string, token: string) => string | undefined;
  readonly #watched = new Map<string, Watched>();
  readonly #byAddress = new Map<string, Watched>();
  readonly #strangers: Stranger[] = [];

  constructor(parts: {
    readonly clock: Clock;
    readonly tap: TracedWire["tap"];
    readonly addressOf: TracedWire["addressOf"];
    /** What a device observes for us under a token. */
    readonly observedUnder: (endpoint: string, token: string) => string | undefined;
  }) {
    this.#clock = parts.clock;
    this.#wires.set("management", { tap: parts.tap, addressOf: parts.addressOf });
    this.#observedUnder = parts.observedUnder;
  }

  /** How many devices are recorded. */
  get devices(): number {
    return this.#watched.size;
  }

  /** Starts to look at a device, registered or not. Undefined when as many as may be are recorded already. */
  watch(endpoint: string): Watching | undefined {
    const watched = this.#watched.get(endpoint) ?? this.#begin(endpoint);
    if (!watched) return undefined;
    watched.end?.();
    watched.end = undefined;
    watched.watchers++;
    const mine = new Set<() => void>();
    let isOver = false;
    return {
      record: watched.record,
      onChange(listener) {
        mine.add(listener);
        watched.listeners.add(listener);
        return () => {
          mine.delete(listener);
          watched.listeners.delete(listener);
        };
      },
      stop: () => {
        if (isOver) return;
        isOver = true;
        for (const listener of mine) watched.listeners.delete(listener);
        watched.watchers--;
        if (watched.watchers === 0) watched.end = this.#clock.after(traceLingerFor, () => this.#forget(watched));
      },
    };
  }

  /** Hears where devices are. */
  onEvent(event: ServerEvent): void {
    if (event.kind !== "registered" && event.kind !== "updated") return;
    const watched = this.#watched.get(event.registration.endpoint);
    if (watched) this.#follow(watched, "management", event.registration.address);
  }

  /** From here on the bootstrap server is heard too; {@link onBootstrap} tells where devices speak with it from. */
  hearBootstrap(wire: TracedWire): void {
    this.#wires.set("bootstrap", wire);
    if (this.#watched.size > 0) this.#listen("bootstrap", wire);
  }

  /** Hears which device asked for a bootstrap, and from where. */
  onBootstrap(event: BootstrapServerEvent): void {
    const { endpoint, address } = event.kind === "ended" ? event.record : event;
    const watched = this.#watched.get(endpoint);
    if (watched) this.#follow(watched, "bootstrap", address);
  }

  /** Forgets everything and takes the tap away. */
  close(): void {
    for (const watched of [...this.#watched.values()]) this.#forget(watched);
  }

  #begin(endpoint: string): Watched | undefined {
    if (this.#watched.size >= traceLimits.devicesMax && !this.#makeRoom()) return undefined;
    const watched: Watched = {
      ...{
        endpoint,
        record: new ExchangeRecord((token) => this.#observedUnder(endpoint, token)),
        addresses: new Map(),
        watchers: 0,
        end: undefined,
      },
      listeners: new Set(),
    };
    this.#watched.set(endpoint, watched);
    for (const [server, wire] of this.#wires) {
      const address = wire.addressOf(endpoint);
      if (address !== undefined) this.#follow(watched, server, address);
      this.#listen(server, wire);
    }
    return watched;
  }

  #listen(server: TracedServer, { tap }: TracedWire): void {
    tap((direction, peer, datagram) => this.#hear(server, direction, peer, datagram));
  }

  /** Somebody who left makes room for somebody who comes. */
  #makeRoom(): boolean {
    for (const watched of this.#watched.values()) {
      if (watched.watchers > 0) continue;
      this.#forget(watched);
      return true;
    }
    return false;
  }

  #follow(watched: Watched, server: TracedServer, address: Address): void {
    if (watched.addresses.get(server) === address) return;
    this.#leave(watched, server);
    watched.addresses.set(server, address);
    this.#byAddress.set(placeOf(server, address), watched);
    for (let index = 0; index < this.#strangers.length; ) {
      const heard = this.#strangers[index];
      if (heard?.peer !== address || heard.server !== server) index++;
      else {
        watched.record.take(heard.direction, heard.at, heard.datagram, server);
        this.#strangers.splice(index, 1);
      }
    }
    for (const listener of [...watched.listeners]) listener();
  }

  #hear(server: TracedServer, direction: "received" | "sent", peer: Address, datagram: Uint8Array): void {
    const watched = this.#byAddress.get(placeOf(server, peer));
    const at = this.#clock.now().getTime();
    if (!watched) {
      this.#strangers.push({ server, direction, at, peer, datagram: datagram.slice() });
      if (this.#strangers.length > traceLimits.strangersMax) this.#strangers.shift();
      return;
    }
    watched.record.take(direction, at, datagram, server);
    for (const listener of [...watched.listeners]) listener();
  }

  #leave(watched: Watched, server: TracedServer): void {
    const address = watched.addresses.get(server);
    if (address === undefined) return;
    const place = placeOf(server, address);
    if (this.#byAddress.get(place) === watched) this.#byAddress.delete(place);
    watched.addresses.delete(server);
  }

  #forget(watched: Watched): void {
    watched.end?.();
    this.#watched.delete(watched.endpoint);
    for (const server of [...watched.addresses.keys()]) this.#leave(watched, server);
    if (this.#watched.size > 0) return;
    this.#strangers.length = 0;
    for (const { tap } of this.#wires.values()) tap(undefined);
  }
}

/** A datagram of an address that is nobody's whom we watch. */
interface Stranger {
  readonly server: TracedServer;
  readonly direction: "received" | "sent";
  readonly at: number;
  readonly peer: Address;
  readonly datagram: Uint8Array;
}

const placeOf = (server: TracedServer, address: Address) => `${server} ${address}`;
