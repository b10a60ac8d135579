import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import { decodeMessage, encodeMessage } from "../src/codec.ts";
import { CoapEndpoint, type EndpointLimits, type RequestOutcome } from "../src/endpoint.ts";
import { type Message, noBytes } from "../src/message.ts";
import { findOption, uint } from "../src/option.ts";

/**
 * An endpoint in a quiet world, and a peer that sends exactly the datagrams a test writes down, right or wrong.
 *
 * Delivery takes no time, but needs {@link settle} to happen.
 */
export function lockstep(limits: Partial<EndpointLimits> = {}) {
  const clock = new FakeClock();
  const random = seeded(7);
  const network = fakeNetwork(clock, random, { loss: 0, duplication: 0, delayMax: milliseconds(0) });
  const endpoint = new CoapEndpoint({ port: network.bind("us"), clock, random, limits });
  const settle = () => clock.advance(milliseconds(0));
  const outcomes: RequestOutcome[] = [];

  function peer(address: string) {
    const port = network.bind(address);
    const received: Message[] = [];
    let taken = 0;
    port.onDatagram((_from, datagram) => received.push(decodeMessage(datagram)));
    return {
      address,
      received,
      raw(bytes: readonly number[]) {
        port.send("us", Uint8Array.from(bytes));
        settle();
      },
      send(message: Partial<Message>) {
        const whole = { type: 0, code: 0, messageId: 0, token: noBytes, options: [], payload: noBytes, ...message };
        port.send("us", encodeMessage(whole as Message));
        settle();
      },
      /** What came since the last call. */
      take(): Message[] {
        settle();
        const fresh = received.slice(taken);
        taken = received.length;
        return fresh;
      },
    };
  }
  return {
    clock,
    network,
    endpoint,
    settle,
    peer,
    outcomes,
    keep: (outcome: RequestOutcome) => void outcomes.push(outcome),
  };
}

export const opt = (number: number, value: number | string) => ({
  number,
  value: typeof value === "number" ? uint(value) : Uint8Array.from(Buffer.from(value)),
});

/** An option of a message as a number; -1 when it has none. */
export function optionOf(message: Message, number: number): number {
  const value = findOption(message.options, number);
  return value ? value.reduce((sum, byte) => sum * 256 + byte, 0) : -1;
}
