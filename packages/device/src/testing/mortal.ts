import type { Clock } from "@lamplighter/runtime/clock";
import type { DatagramPort } from "@lamplighter/runtime/datagram";

/** What a process that may be killed sees of the world. */
export interface Mortal {
  readonly clock: Clock;
  readonly port: DatagramPort;
  /** As by kill -9: from now on no alarm rings in it, and it neither hears nor says anything. Nothing is tidied up. */
  kill(): void;
}

/** Gives a process a clock and a port that can be taken from it. */
export function mortal(clock: Clock, port: DatagramPort): Mortal {
  let lives = true;
  return {
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (delay, wake) => clock.after(delay, () => lives && wake()),
    },
    port: {
      address: port.address,
      send: (to, datagram) => lives && port.send(to, datagram),
      onDatagram: (listener) => port.onDatagram((from, datagram) => lives && listener(from, datagram)),
    },
    kill: () => {
      lives = false;
    },
  };
}
