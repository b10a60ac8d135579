import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import type { FakeNetwork } from "@lamplighter/simulation/fake-network";

/** The port of a device behind an address translator: what others see of it may become another address at any time. */
export interface MovingPort extends DatagramPort {
  /** Where the others see it. */
  readonly outside: Address;
  /** From now on it is seen elsewhere; what is sent to the address of before arrives nowhere. */
  moveTo(address: Address): void;
}

/** Opens a port on the network that can move; the device behind it does not notice. */
export function movingPort(network: FakeNetwork, address: Address): MovingPort {
  let outside = address;
  let inner = network.bind(address);
  let take: (from: Address, datagram: Uint8Array) => void = () => {};
  inner.onDatagram((from, datagram) => take(from, datagram));
  return {
    address,
    get outside() {
      return outside;
    },
    send: (to, datagram) => inner.send(to, datagram),
    onDatagram: (listener) => {
      take = listener;
    },
    moveTo(next) {
      network.unbind(outside);
      outside = next;
      inner = network.bind(next);
      inner.onDatagram((from, datagram) => take(from, datagram));
    },
  };
}
