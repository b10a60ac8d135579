import { decodeMessage, encodeMessage } from "@lamplighter/coap/codec";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { ACK, CON, type CoapOption, NON, noBytes } from "@lamplighter/coap/message";
import type { Address } from "@lamplighter/runtime/datagram";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { knownObjects } from "../src/models/known-objects.ts";
import type { RegistrationStore } from "../src/registration-store.ts";
import { Lwm2mServer } from "../src/server.ts";

const serverAddress = "192.0.2.1:5683";
const placeBytes = 16;
const tokenBytes = 8;
const observed = ["/5/0/3", "/3416/0/3"];
const utf8 = (text: string) => new TextEncoder().encode(text);
const option = (number: number, value: string | number[]): CoapOption => ({
  number,
  value: typeof value === "string" ? utf8(value) : Uint8Array.from(value),
});

/** Keeps nothing: what the engine holds itself is what is measured. */
const nowhere: RegistrationStore = {
  load: () => Promise.resolve({ registrations: [], observations: [] }),
  save: (_, done) => done(),
  refresh() {},
  remove: (_, done) => done(),
  saveObservation() {},
  removeObservation() {},
  flush: () => Promise.resolve(),
};

/** The engine alone, over a port that hands datagrams over, and a fleet of which only the addresses and tokens are kept. */
export async function fleetInMemory(devices: number) {
  const clock = new FakeClock();
  let deliver: (from: Address, datagram: Uint8Array) => void = () => {};
  let answers = 0;
  let outbox: { readonly to: Address; readonly datagram: Uint8Array }[] | undefined;
  /** Observations that the engine asks for again, since nothing came of them for hours. */
  const askedAgain: { readonly to: Address; readonly datagram: Uint8Array }[] = [];
  const endpoint = new CoapEndpoint({
    clock,
    random: seeded(1),
    port: {
      address: serverAddress,
      send(to, datagram) {
        if (outbox) outbox.push({ to, datagram: datagram.slice() });
        else if (isRequest(datagram)) askedAgain.push({ to, datagram: datagram.slice() });
        else answers++;
      },
      onDatagram(listener) {
        deliver = listener;
      },
    },
  });
  let events = 0;
  const server = new Lwm2mServer({
    endpoint,
    clock,
    random: seeded(2),
    store: nowhere,
    enrol: () => "accept",
    models: knownObjects(),
    onEvent() {
      events++;
    },
  });
  await server.start();

  const addresses = Array.from({ length: devices }, (_, index) => addressOf(index));
  const messageIds = new Uint16Array(devices);
  // In one piece each: what the fleet itself keeps must not be counted as the engine's.
  const places = new Uint8Array(devices * placeBytes);
  const tokens = new Uint8Array(devices * observed.length * tokenBytes);
  const placeOf = (index: number) => places.subarray(index * placeBytes, (index + 1) * placeBytes);
  const tokenOf = (index: number, which: number) => {
    const at = (index * observed.length + which) * tokenBytes;
    return tokens.subarray(at, at + tokenBytes);
  };
  /** Every device is heard once in five minutes: as many messages are remembered as a real fleet leaves. */
  const step = milliseconds(300_000 / devices);

  const nextId = (index: number) => {
    messageIds[index] = messageIds[index]! + 1;
    return messageIds[index]!;
  };

  async function register(): Promise<void> {
    const texts = ["lt=86400", "lwm2m=1.1", "b=U"].map((text) => option(15, text));
    const payload = utf8('</>;rt="oma.lwm2m";ct="110 112 11542",</1/0>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,</3416/0>');
    outbox = [];
    for (let index = 0; index < devices; index++) {
      const options = [option(11, "rd"), option(12, [40]), option(15, `ep=urn:dev:light-${index}`), ...texts];
      deliver(
        addresses[index]!,
        encodeMessage({ type: CON, code: 2, messageId: nextId(index), token: utf8("r"), options, payload }),
      );
      const [answer] = outbox.splice(0);
      const segments = decodeMessage(answer!.datagram).options.filter(({ number }) => number === 8);
      placeOf(index).set(segments[1]!.value);
      clock.advance(step);
    }
    outbox = undefined;
  }

  /** Has every device observed at its two paths, and answers the requests for it. */
  async function observe(): Promise<void> {
    const messages: { readonly to: Address; readonly datagram: Uint8Array }[] = [];
    outbox = messages;
    for (let index = 0; index < devices; index++) {
      server.setDesiredObservations(`urn:dev:light-${index}`, observed);
      for (let round = 0; round < observed.length; round++) {
        const request = decodeMessage(messages.shift()!.datagram);
        if (request.token.length !== tokenBytes) throw new Error(`a token of ${request.token.length} bytes`);
        tokenOf(index, round).set(request.token);
        deliver(addresses[index]!, observing(request));
        for (let turn = 0; turn < 12; turn++) await Promise.resolve();
      }
      messages.length = 0;
      clock.advance(step);
    }
    outbox = undefined;
  }

  /** Datagrams are made beforehand, so that making them is not measured. */
  function updates(count: number): () => void {
    const datagrams = Array.from({ length: count }, (_, turn) => {
      const index = turn % devices;
      const options = [option(11, "rd"), { number: 11, value: placeOf(index) }];
      return encodeMessage({
        type: CON,
        code: 2,
        messageId: nextId(index),
        token: noBytes,
        options,
        payload: noBytes,
      }).slice();
    });
    return play(datagrams);
  }

  function notifications(count: number): () => void {
    const datagrams = Array.from({ length: count }, (_, turn) => {
      const index = turn % devices;
      const token = tokenOf(index, Math.floor(turn / devices) & 1);
      const round = 2 + Math.floor(turn / devices);
      const options = [option(6, [round >> 8, round & 255]), option(12, [])];
      const payload = utf8(String(round % 100));
      return encodeMessage({ type: NON, code: 0x45, messageId: nextId(index), token, options, payload }).slice();
    });
    return play(datagrams);
  }

  function play(datagrams: readonly Uint8Array[]): () => void {
    return () => {
      for (let turn = 0; turn < datagrams.length; turn++) {
        deliver(addresses[turn % devices]!, datagrams[turn]!);
        clock.advance(step);
        for (let again = askedAgain.shift(); again; again = askedAgain.shift()) {
          deliver(again.to, observing(decodeMessage(again.datagram)));
        }
      }
    };
  }

  return {
    register,
    observe,
    updates,
    notifications,
    counts: () => ({ answers, events, registered: server.registrationCount, observed: endpoint.load.observations }),
    counters: server.counters,
    /** Long enough that nothing is remembered of any message any more. */
    rest: () => clock.advance(seconds(400)),
    async end() {
      await server.stop();
      endpoint.close();
    },
  };
}

/** What a device says to a request to observe. */
function observing({ messageId, token }: { readonly messageId: number; readonly token: Uint8Array }): Uint8Array {
  const options = [option(6, [1]), option(12, [])];
  return encodeMessage({ type: ACK, code: 0x45, messageId, token, options, payload: utf8("0") });
}

/** A request is a message of class 0 with a code that is not 0.00 (RFC 7252 §3). */
function isRequest(datagram: Uint8Array): boolean {
  return datagram[1]! > 0 && datagram[1]! < 0x20;
}

function addressOf(index: number): Address {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}:5683`;
}
