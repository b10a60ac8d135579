import { decodeMessage, encodeMessage } from "@lamplighter/coap/codec";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { ACK, CON, type Message, NON, noBytes } from "@lamplighter/coap/message";
import type { Address } from "@lamplighter/runtime/datagram";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { MemoryRegistrationStore } from "../src/memory-registration-store.ts";
import { knownObjects } from "../src/models/known-objects.ts";
import { instance, single } from "../src/node.ts";
import { Lwm2mServer } from "../src/server.ts";
import { utf8 } from "../src/testing/bytes.ts";
import { integer } from "../src/value.ts";
import { datagrams, linkLists, texts, tlvDocuments } from "./corpus.ts";
import type { FuzzTarget } from "./measure.ts";

/** Lights that are enrolled. Others are refused, so that names made up by the inputs cost nothing for good. */
const lights = 64;
/** Of a fleet that sends four datagrams a second: what is kept for 247 s is full before a tenth of the inputs is through. */
const betweenDatagrams = milliseconds(250);
/** An operation is begun before every so manieth datagram. */
const operationEvery = 8;

interface Light {
  readonly endpoint: string;
  readonly address: Address;
  /** The last request that it got from the server, to be answered by an input. */
  asked: Message | undefined;
  /** The token of its last observation, to be notified of. */
  observed: Uint8Array | undefined;
}

/**
 * The whole server over a port in memory: each input arrives as a datagram from one of the lights.
 *
 * Some arrive as they are. So that others get further, they are made the answer to what the server last asked that light,
 * with its token and message id, or a notification of what it is observed for, or the query and payload of an Update.
 * Meanwhile every operation there is runs against the lights.
 */
export async function serverEdge(): Promise<FuzzTarget> {
  const clock = new FakeClock();
  const random = seeded(11);
  const fleet: Light[] = Array.from({ length: lights }, (_, index) => ({
    endpoint: `light-${index}`,
    address: `192.0.2.${index + 1}:5683`,
    asked: undefined,
    observed: undefined,
  }));
  const byAddress = new Map(fleet.map((light) => [light.address, light]));
  let deliver: (from: Address, datagram: Uint8Array) => void = () => {};
  const endpoint = new CoapEndpoint({
    clock,
    random,
    port: {
      address: "192.0.2.200:5683",
      send(to, datagram) {
        const light = byAddress.get(to);
        if (!light || datagram[1] === 0 || datagram[1]! >> 5 !== 0) return;
        light.asked = decodeMessage(datagram.slice());
        if (light.asked.options.some(({ number }) => number === observeOption)) light.observed = light.asked.token;
      },
      onDatagram(listener) {
        deliver = listener;
      },
    },
  });
  const server = new Lwm2mServer({
    endpoint,
    clock,
    random,
    store: new MemoryRegistrationStore(),
    enrol: ({ endpoint: name }) => (/^light-\d\d?$/.test(name) ? "accept" : "refuse"),
    models: knownObjects(),
    onEvent() {},
  });
  await server.start();
  const failures: unknown[] = [];
  const chance = seeded(13);
  let turn = 0;
  let failuresSeen = 0;

  return {
    fuzz: "server edge",
    corpus: [
      ...datagrams(),
      ...tlvDocuments(),
      ...texts(),
      ...linkLists(),
      ...fleet.map(({ endpoint: name }) => registerOf(name, 1)),
    ],
    take(input) {
      const light = fleet[Math.floor(chance.next() * lights)]!;
      turn++;
      clock.advance(betweenDatagrams);
      if (turn % operationEvery === 0) {
        if (!server.find(light.endpoint)) deliver(light.address, registerOf(light.endpoint, turn));
        operate(server, light.endpoint, turn / operationEvery).catch((error) => failures.push(error));
      }
      deliver(light.address, shape(input, light));
    },
    async settle() {
      for (let round = 0; round < 8; round++) await Promise.resolve();
      if (failures.length > 0) throw failures.shift();
      const { handlerFailures } = endpoint.counters;
      if (handlerFailures > failuresSeen) {
        failuresSeen = handlerFailures;
        throw new Error("a handler of requests threw, and the device was answered 5.00");
      }
    },
    async end() {
      await server.stop();
      endpoint.close();
    },
  };

  function shape(input: Uint8Array, light: Light): Uint8Array {
    const { asked, observed } = light;
    const id = server.find(light.endpoint)?.id;
    const kind = Math.floor(chance.next() * 8);
    if (kind < 4 && asked) {
      if (kind === 0) {
        // Options and payload as they come, behind the header of an answer.
        const code = codes[turn % codes.length]!;
        const head = [0x60 | asked.token.length, code, asked.messageId >> 8, asked.messageId & 255];
        return Uint8Array.from([...head, ...asked.token, ...input.subarray(4 + ((input[0] ?? 0) & 15))]);
      }
      if (kind === 1) light.asked = undefined;
      return encodeMessage({ ...answer, messageId: asked.messageId, token: asked.token, ...contentOf(input, turn) });
    }
    if (kind === 4 && observed) {
      return encodeMessage({
        ...answer,
        type: turn & 1 ? NON : CON,
        messageId: turn & 0xffff,
        token: observed,
        ...contentOf(input, turn),
      });
    }
    if (kind === 5 && id !== undefined) {
      const cut = input.length >> 1;
      const query = { number: 15, value: input.slice(0, Math.min(cut, 300)) };
      const options = [option(11, "rd"), option(11, id), option(12, [40]), query];
      return encodeMessage({ ...request, messageId: turn & 0xffff, options, payload: input.slice(cut) });
    }
    if (kind === 6 && input.length >= 4) {
      // With an id of its own, or it would be taken for one seen before.
      input[2] = turn >> 8;
      input[3] = turn & 255;
    }
    return input;
  }
}

const observeOption = 6;
const codes = [0x45, 0x44, 0x41, 0x5f, 0x84, 0x86, 0x8d, 0x88, 0xa0];
const formats = [0, 0, 40, 42, 60, 110, 112, 320, 322, 11_542, 11_542, 11_543, 11_544];

function contentOf(input: Uint8Array, turn: number) {
  const format = formats[turn % formats.length]!;
  // Every tenth answer is in blocks that may never end.
  const blocks = turn % 10 === 0 ? [option(23, [(turn & 0xf0) | 8 | (turn & 7)])] : [];
  const options = [option(observeOption, [turn & 255]), option(12, [format >> 8, format & 255]), ...blocks];
  return { options, payload: input.slice(0, 1_200) };
}

const option = (number: number, value: string | readonly number[]) => ({
  number,
  value: typeof value === "string" ? utf8(value) : Uint8Array.from(value),
});
const answer = { type: ACK, code: 0x45 } as const;
const request: Message = { type: CON, code: 2, messageId: 0, token: noBytes, options: [], payload: noBytes };

function registerOf(endpoint: string, messageId: number): Uint8Array {
  return encodeMessage({
    ...request,
    messageId: messageId & 0xffff,
    token: utf8("tk"),
    options: [
      option(11, "rd"),
      option(12, [40]),
      ...[`ep=${endpoint}`, "lt=300", "lwm2m=1.1"].map((q) => option(15, q)),
    ],
    payload: utf8("</1/0>,</3/0>,</5/0>,</3303/0>,</3311/0>"),
  });
}

/** Every operation in turn. They answer what became of them, and throw for nothing that a device does. */
function operate(server: Lwm2mServer, light: string, turn: number): Promise<unknown> {
  const options = { waitMax: seconds(60) };
  const operations = [
    () => server.read(light, "/3/0", options),
    () => server.read(light, "/3303/0/5700", options),
    () => server.observe(light, "/3/0/9", options),
    () => server.discover(light, "/3", options),
    () => server.write(light, "/3311/0/5851", integer(turn % 100), options),
    () => server.observe(light, "/3303/0", options),
    () => server.execute(light, "/3/0/4", undefined, options),
    () => server.create(light, 3311, instance(turn % 9, [single(5851, integer(4))]), options),
    () => server.writeOpaque(light, "/5/0/0", new Uint8Array(2_500), { ...options, blockSize: 512 }),
    () => server.delete(light, "/3311/3", options),
    () => server.writeAttributes(light, "/3303/0/5700", { pmin: 1, pmax: turn % 100 }, options),
    () => server.readComposite(light, ["/3/0/9", "/3303/0", "/1"], options),
    () => server.observeComposite(light, ["/3/0/9", "/3303/0/5700"], options),
    () => server.writeComposite(light, [{ path: "/3311/0/5851", content: integer(turn % 100) }], options),
    () =>
      server.cancelObservation(light, ["/3/0/9", "/3303/0/5700"], { ...options, by: turn & 1 ? "reset" : "request" }),
    () => server.cancelObservation(light, turn & 1 ? "/3/0/9" : "/3303/0", options),
  ];
  return operations[turn % operations.length]!();
}
