import type { Clock } from "@lamplighter/runtime/clock";
import type { DatagramPort } from "@lamplighter/runtime/datagram";
import type { Duration } from "@lamplighter/runtime/duration";
import type { Random } from "@lamplighter/runtime/random";

/** The weather between one light and the server, in both directions. Probabilities are per datagram. */
export interface Weather {
  readonly loss: number;
  readonly duplication: number;
  readonly delay: Duration;
  /** How long the radio stays on after the last datagram either way; then nothing gets in until the light sends. For ever when absent. */
  readonly listensFor?: Duration | undefined;
}

export interface FaultyPort extends DatagramPort {
  /** While silent, nothing goes in or out: the light has no power. */
  silent: boolean;
  /** Whether the radio is on now, as far as sleep goes. */
  readonly listens: boolean;
  /** Sees each datagram that reaches the light. */
  onArrival: (datagram: Uint8Array) => void;
}

/** A datagram port that loses, doubles and delays, and can go dark. */
export function faultyPort(
  port: DatagramPort,
  weather: Weather,
  { clock, random }: { clock: Clock; random: Random },
): FaultyPort {
  const carry = (deliver: () => void) => {
    if (faulty.silent || random.next() < weather.loss) return;
    const copies = random.next() < weather.duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (weather.delay === 0) deliver();
      else clock.after(weather.delay, () => faulty.silent || deliver());
    }
  };
  const { listensFor } = weather;
  let usedAt = Number.NEGATIVE_INFINITY;
  const use = () => {
    usedAt = clock.monotonic();
  };
  const faulty: FaultyPort = {
    address: port.address,
    silent: false,
    get listens() {
      return listensFor === undefined || clock.monotonic() - usedAt < listensFor;
    },
    onArrival: () => {},
    send: (to, datagram) => {
      use();
      carry(() => port.send(to, datagram));
    },
    onDatagram: (listener) =>
      port.onDatagram((from, datagram) =>
        carry(() => {
          if (!faulty.listens) return;
          use();
          faulty.onArrival(datagram);
          if (!faulty.silent) listener(from, datagram);
        }),
      ),
  };
  return faulty;
}
