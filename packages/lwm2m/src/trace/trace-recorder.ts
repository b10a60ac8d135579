import type { Trace } from "@lamplighter/coap/endpoint";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import type { ServerEvent } from "../server-event.ts";
import { ExchangeRecord } from "./exchange-record.ts";
import { traceLimits, traceLingerFor } from "./trace-limits.ts";

/** One device that is recorded. */
interface Watched {
  readonly endpoint: string;
  readonly record: ExchangeRecord;
  address: Address | undefined;
  watchers: number;
  end: Cancel | undefined;
  readonly listeners: Set<() => void>;
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
  readonly #tap: (trace: Trace | undefined) => void;
  readonly #addressOf: (endpoint: string) => Address | undefined;
  readonly #observedUnder: (endpoint: string, token: string) => string | undefined;
  readonly #watched = new Map<string, Watched>();
  readonly #byAddress = new Map<Address, Watched>();
  readonly #strangers: { direction: "received" | "sent"; at: number; peer: Address; datagram: Uint8Array }[] = [];

  constructor(parts: {
    readonly clock: Clock;
    /** Sets or takes away the endpoint's tap. */
    readonly tap: (trace: Trace | undefined) => void;
    readonly addressOf: (endpoint: string) => Address | undefined;
    /** What a device observes for us under a token. */
    readonly observedUnder: (endpoint: string, token: string) => string | undefined;
  }) {
    this.#clock = parts.clock;
    this.#tap = parts.tap;
    this.#addressOf = parts.addressOf;
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
    if (watched && watched.address !== event.registration.address) this.#follow(watched, event.registration.address);
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
        address: undefined,
        watchers: 0,
        end: undefined,
      },
      listeners: new Set(),
    };
    this.#watched.set(endpoint, watched);
    const address = this.#addressOf(endpoint);
    if (address !== undefined) this.#follow(watched, address);
    this.#tap((direction, peer, datagram) => this.#hear(direction, peer, datagram));
    return watched;
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

  #follow(watched: Watched, address: Address): void {
    if (watched.address !== undefined && this.#byAddress.get(watched.address) === watched) {
      this.#byAddress.delete(watched.address);
    }
    watched.address = address;
    this.#byAddress.set(address, watched);
    for (let index = 0; index < this.#strangers.length; ) {
      const heard = this.#strangers[index];
      if (heard?.peer !== address) index++;
      else {
        watched.record.take(heard.direction, heard.at, heard.datagram);
        this.#strangers.splice(index, 1);
      }
    }
    for (const listener of [...watched.listeners]) listener();
  }

  #hear(direction: "received" | "sent", peer: Address, datagram: Uint8Array): void {
    const watched = this.#byAddress.get(peer);
    const at = this.#clock.now().getTime();
    if (!watched) {
      this.#strangers.push({ direction, at, peer, datagram: datagram.slice() });
      if (this.#strangers.length > traceLimits.strangersMax) this.#strangers.shift();
      return;
    }
    watched.record.take(direction, at, datagram);
    for (const listener of [...watched.listeners]) listener();
  }

  #forget(watched: Watched): void {
    watched.end?.();
    this.#watched.delete(watched.endpoint);
    if (watched.address !== undefined && this.#byAddress.get(watched.address) === watched) {
      this.#byAddress.delete(watched.address);
    }
    if (this.#watched.size > 0) return;
    this.#strangers.length = 0;
    this.#tap(undefined);
  }
}
