import { decodeMessage, encodeMessage } from "@lamplighter/coap/codec";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { ACK, CON, type Message, noBytes } from "@lamplighter/coap/message";
import type { Address } from "@lamplighter/runtime/datagram";
import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { MemoryBootstrapStore } from "../src/bootstrap/memory-store.ts";
import { BootstrapServer } from "../src/bootstrap/server.ts";
import { chosenOf } from "../src/testing/bootstrap.ts";
import { utf8 } from "../src/testing/bytes.ts";
import { datagrams, linkLists, tlvDocuments } from "./corpus.ts";
import type { FuzzTarget } from "./measure.ts";

const lights = 32;
const betweenDatagrams = milliseconds(250);
const option = (number: number, value: string | readonly number[]) => ({
  number,
  value: typeof value === "string" ? utf8(value) : Uint8Array.from(value),
});
const discovered = utf8('</>;lwm2m="1.1",</0/1>,</0/2>;ssid=7,</1/0>;ssid=7,</3/0>');

/** The bootstrap server over a port in memory: clients that ask for a bootstrap, and answer its steps with what the inputs hold. */
export function bootstrapEdge(): FuzzTarget {
  const clock = new FakeClock();
  const chance = seeded(17);
  const asked = new Map<Address, Message>();
  const store = new MemoryBootstrapStore();
  store.byDefault = chosenOf();
  // What happened is told to the store for good, and is not the server's to forget.
  store.record = () => Promise.resolve();
  let deliver: (from: Address, datagram: Uint8Array) => void = () => {};
  const endpoint = new CoapEndpoint({
    clock,
    random: seeded(19),
    port: {
      address: "192.0.2.201:5783",
      send(to, datagram) {
        if (datagram[1] !== 0 && datagram[1]! >> 5 === 0) asked.set(to, decodeMessage(datagram.slice()));
      },
      onDatagram(listener) {
        deliver = listener;
      },
    },
  });
  const server = new BootstrapServer({ endpoint, clock, store });
  let turn = 0;
  let failures = 0;
  return {
    fuzz: "bootstrap edge",
    corpus: [...datagrams(), ...linkLists(), ...tlvDocuments(), discovered],
    take(input) {
      turn++;
      clock.advance(betweenDatagrams);
      const index = Math.floor(chance.next() * lights);
      const from = `192.0.2.${index + 1}:5683`;
      const request = asked.get(from);
      const kind = Math.floor(chance.next() * 4);
      if (kind === 0 || !request) {
        const options = [option(11, "bs"), option(15, `ep=light-${index}`), option(15, "pct=112")];
        const fresh = { type: CON, code: 2, messageId: turn & 0xffff, token: noBytes, options, payload: noBytes };
        deliver(from, kind === 0 ? encodeMessage(fresh) : input);
        return;
      }
      asked.delete(from);
      const code = kind === 1 ? (input[0] ?? 0x44) : [0x45, 0x44, 0x42, 0x44][request.code]!;
      const isDiscover = request.code === 1 && kind === 3;
      deliver(
        from,
        encodeMessage({
          type: ACK,
          code: code >> 5 === 1 || code >> 5 > 5 || code < 0x40 ? 0x84 : code,
          messageId: request.messageId,
          token: request.token,
          options: [option(12, request.code === 1 ? [40] : [0x2d, 0x16])],
          payload: isDiscover ? discovered : input.slice(0, 1_200),
        }),
      );
    },
    async settle() {
      for (let round = 0; round < 8; round++) await Promise.resolve();
      const { handlerFailures } = endpoint.counters;
      if (handlerFailures > failures) {
        failures = handlerFailures;
        throw new Error("a handler of requests threw, and the device was answered 5.00");
      }
    },
    async end() {
      server.stop();
      endpoint.close();
    },
  };
}
