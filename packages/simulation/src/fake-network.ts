import type { Clock } from "@lamplighter/runtime/clock";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { type Duration, scale } from "@lamplighter/runtime/duration";
import type { Random } from "@lamplighter/runtime/random";

/** The weather on the path. Probabilities are per datagram. */
export interface Conditions {
  readonly loss: number;
  readonly duplication: number;
  readonly delayMax: Duration;
}

/** A network in memory: lossy, late and out of order, and the same on every run of one seed. */
export function fakeNetwork(clock: Clock, random: Random, conditions: Conditions) {
  const listeners = new Map<Address, (from: Address, datagram: Uint8Array) => void>();

  function carry(from: Address, to: Address, datagram: Uint8Array) {
    if (random.next() < conditions.loss) return;
    const copies = random.next() < conditions.duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const delay = scale(conditions.delayMax, random.next());
      clock.after(delay, () => listeners.get(to)?.(from, datagram));
    }
  }

  return {
    bind(address: Address): DatagramPort {
      return {
        address,
        send: (to, datagram) => carry(address, to, datagram.slice()),
        onDatagram: (listener) => void listeners.set(address, listener),
      };
    },
  };
}
