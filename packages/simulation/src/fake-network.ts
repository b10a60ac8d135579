import type { Clock } from "@lamplighter/runtime/clock";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { type Duration, scale } from "@lamplighter/runtime/duration";
import { invariant } from "@lamplighter/runtime/invariant";
import type { Random } from "@lamplighter/runtime/random";

/** The weather on the path. Probabilities are per datagram. */
export interface Conditions {
  readonly loss: number;
  readonly duplication: number;
  /** Each copy is late by 0 to this, drawn anew: what is sent later may arrive earlier. */
  readonly delayMax: Duration;
  /** Some datagrams come once more, long after: a copy that lay in a queue on the way while its receiver restarted. */
  readonly stragglers?: { readonly share: number; readonly delayMax: Duration };
}

/** What the network did with the datagrams given to it. */
export interface Traffic {
  sent: number;
  bytes: number;
  lost: number;
  duplicated: number;
  straggled: number;
  delivered: number;
  /** Arrived where nobody listens. */
  unreachable: number;
}

/** A datagram in flight, as a {@link FakeNetwork.watch} listener sees it. */
export interface Passing {
  readonly from: Address;
  readonly to: Address;
  readonly datagram: Uint8Array;
}

export interface FakeNetwork {
  readonly traffic: Readonly<Traffic>;
  /** Opens a port. An address can be bound again once unbound: a device that reboots, or a NAT that gives it away. */
  bind(address: Address): DatagramPort;
  /** Nobody listens there any more; what is under way to it is lost. */
  unbind(address: Address): void;
  /** Changes the weather for everybody. */
  setConditions(conditions: Conditions): void;
  /** Changes the weather on all paths from and to one address; `undefined` gives it the common weather back. */
  setConditionsOf(address: Address, conditions: Conditions | undefined): void;
  /** Cuts an address off, both ways; datagrams under way to it are lost too. */
  partition(address: Address): void;
  heal(address: Address): void;
  /** Sees every datagram as it is sent, before the weather. */
  watch(listener: (passing: Passing) => void): void;
}

/** A network in memory: lossy, late and out of order, and the same on every run of one seed. */
export function fakeNetwork(clock: Clock, random: Random, conditions: Conditions): FakeNetwork {
  const listeners = new Map<Address, (from: Address, datagram: Uint8Array) => void>();
  const bound = new Set<Address>();
  /** How often an address was unbound: what set out to it before is lost. */
  const unbound = new Map<Address, number>();
  const cutOff = new Set<Address>();
  const local = new Map<Address, Conditions>();
  const watchers: ((passing: Passing) => void)[] = [];
  const traffic: Traffic = { sent: 0, bytes: 0, lost: 0, duplicated: 0, straggled: 0, delivered: 0, unreachable: 0 };
  let common = conditions;

  function carry(from: Address, to: Address, datagram: Uint8Array) {
    traffic.sent++;
    traffic.bytes += datagram.length;
    for (const watcher of watchers) watcher({ from, to, datagram });
    const weather = local.get(from) ?? local.get(to) ?? common;
    if (cutOff.has(from) || cutOff.has(to) || random.next() < weather.loss) {
      traffic.lost++;
      return;
    }
    const epoch = unbound.get(to);
    const copies = random.next() < weather.duplication ? 2 : 1;
    traffic.duplicated += copies - 1;
    for (let copy = 0; copy < copies; copy++) {
      const delay = scale(weather.delayMax, random.next());
      clock.after(delay, () => arrive({ from, to, datagram: copy === 0 ? datagram : datagram.slice() }, epoch));
    }
    const { stragglers } = weather;
    if (!stragglers || random.next() >= stragglers.share) return;
    traffic.straggled++;
    clock.after(scale(stragglers.delayMax, random.next()), () =>
      arrive({ from, to, datagram: datagram.slice() }, epoch),
    );
  }

  function arrive({ from, to, datagram }: Passing, epoch: number | undefined) {
    const listener = listeners.get(to);
    if (!listener || cutOff.has(to) || unbound.get(to) !== epoch) {
      traffic.unreachable++;
      return;
    }
    traffic.delivered++;
    listener(from, datagram);
  }

  return {
    traffic,
    bind(address) {
      invariant(!bound.has(address), `${address} is bound already`);
      bound.add(address);
      return {
        address,
        // A copy, as a socket makes one: the sender may use its buffer again.
        send: (to, datagram) => carry(address, to, datagram.slice()),
        onDatagram: (listener) => void listeners.set(address, listener),
      };
    },
    unbind(address) {
      bound.delete(address);
      unbound.set(address, (unbound.get(address) ?? 0) + 1);
      listeners.delete(address);
    },
    setConditions(next) {
      common = next;
    },
    setConditionsOf(address, next) {
      if (next) local.set(address, next);
      else local.delete(address);
    },
    partition: (address) => void cutOff.add(address),
    heal: (address) => void cutOff.delete(address),
    watch: (listener) => void watchers.push(listener),
  };
}
