import { decodeMessage, encodeMessage } from "@lamplighter/coap/codec";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { ACK, CON, type CoapOption, noBytes } from "@lamplighter/coap/message";
import type { Address } from "@lamplighter/runtime/datagram";
import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { MemoryRegistrationStore } from "../memory-registration-store.ts";
import { knownObjects } from "../models/known-objects.ts";
import type { RegistrationStore } from "../registration-store.ts";
import { Lwm2mServer } from "../server.ts";
import { utf8 } from "./bytes.ts";

const stepMilliseconds = 20;
const serverAddress = "192.0.2.1:5683";

export interface WakeStorm {
  readonly devices: number;
  /** Saves that may wait for the database at once. */
  readonly savesUnderWayMax: number;
  /** What the database commits. */
  readonly savesPerSecond: number;
}

export interface WakeStormFigures {
  readonly registered: number;
  /** Registers answered 2.01, and 5.03; those answered otherwise; those never answered. */
  readonly created: number;
  readonly sentHome: number;
  readonly otherAnswers: number;
  readonly unanswered: number;
  /** 5.03 without a time to come back. */
  readonly withoutMaxAge: number;
  /** The most Registers that came in one second, after the first second. */
  readonly returnsPerSecondMax: number;
  /** How often the device that was sent home most often was. */
  readonly sentHomeMax: number;
  readonly secondsUntilAllRegistered: number;
}

/** Commits at its own pace, in the order of the calls. */
class SlowStore extends MemoryRegistrationStore {
  readonly #held: (() => void)[] = [];

  override save(...[registration, done]: Parameters<RegistrationStore["save"]>): void {
    this.#held.push(() => super.save(registration, done));
  }

  commit(count: number): void {
    for (const held of this.#held.splice(0, count)) held();
  }
}

/**
 * Power comes back to a district: all its devices register in one instant, at a server that can take fewer. Whoever is
 * answered 5.03 comes again after the time it was told; nobody sends anything twice of its own accord.
 */
export async function wakeStorm({ devices, savesUnderWayMax, savesPerSecond }: WakeStorm): Promise<WakeStormFigures> {
  const clock = new FakeClock();
  const store = new SlowStore();
  let deliver: (from: Address, datagram: Uint8Array) => void = () => {};
  const outbox: { to: Address; datagram: Uint8Array }[] = [];
  const endpoint = new CoapEndpoint({
    clock,
    random: seeded(1),
    port: {
      address: serverAddress,
      send: (to, datagram) => outbox.push({ to, datagram: datagram.slice() }),
      onDatagram(listener) {
        deliver = listener;
      },
    },
  });
  const server = new Lwm2mServer({
    endpoint,
    clock,
    random: seeded(2),
    store,
    enrol: () => "accept",
    models: knownObjects(),
    onEvent() {},
    limits: { savesUnderWayMax },
  });
  await server.start();

  const attempts = new Map<Address, number>();
  const due = new Map<number, Address[]>([
    [0, Array.from({ length: devices }, (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}:5683`)],
  ]);
  const arrivals: number[] = [];
  const waiting = new Set<Address>();
  const figures = { created: 0, sentHome: 0, otherAnswers: 0, withoutMaxAge: 0, sentHomeMax: 0 };
  let step = 0;
  const hear = (from: Address, datagram: Uint8Array) => {
    const { type, code, messageId, options } = decodeMessage(datagram);
    if (code === 0) return;
    if (type === CON) deliver(from, encodeMessage({ ...empty, type: ACK, messageId }));
    if (code >> 5 === 0 || !waiting.delete(from)) return;
    if (code === 0x41) figures.created++;
    else if (code === 0xa3) {
      const maxAge = options.find(({ number }) => number === 14)?.value;
      if (!maxAge) figures.withoutMaxAge++;
      figures.sentHome++;
      figures.sentHomeMax = Math.max(figures.sentHomeMax, attempts.get(from) ?? 0);
      const seconds = (maxAge ?? noBytes).reduce((sum, byte) => sum * 256 + byte, 0);
      const at = step + Math.max(1, Math.round((seconds * 1_000) / stepMilliseconds));
      due.set(at, [...(due.get(at) ?? []), from]);
    } else figures.otherAnswers++;
  };

  for (; server.registrationCount < devices && step < stepsMax; step++) {
    const coming = due.get(step) ?? [];
    due.delete(step);
    const second = Math.floor((step * stepMilliseconds) / 1_000);
    arrivals[second] = (arrivals[second] ?? 0) + coming.length;
    for (const address of coming) {
      const attempt = (attempts.get(address) ?? 0) + 1;
      attempts.set(address, attempt);
      waiting.add(address);
      deliver(address, registerOf(address, attempt));
    }
    store.commit(Math.ceil((savesPerSecond * stepMilliseconds) / 1_000));
    clock.advance(milliseconds(stepMilliseconds));
    for (let turn = 0; turn < 4; turn++) await Promise.resolve();
    for (const { to, datagram } of outbox.splice(0)) hear(to, datagram);
  }
  for (const { to, datagram } of outbox.splice(0)) hear(to, datagram);
  const registered = server.registrationCount;
  await server.stop();
  endpoint.close();
  return {
    registered,
    ...figures,
    unanswered: waiting.size,
    returnsPerSecondMax: Math.max(0, ...arrivals.slice(1).map((count) => count ?? 0)),
    secondsUntilAllRegistered: (step * stepMilliseconds) / 1_000,
  };
}

/** Half an hour. */
const stepsMax = (1_800 * 1_000) / stepMilliseconds;
const empty = { type: ACK, code: 0, messageId: 0, token: noBytes, options: [], payload: noBytes } as const;
const list = utf8("</1/0>,</3/0>,</5/0>");

function registerOf(address: Address, attempt: number): Uint8Array {
  const option = (number: number, value: string): CoapOption => ({ number, value: utf8(value) });
  const options = [option(11, "rd"), { number: 12, value: Uint8Array.of(40) }];
  for (const parameter of [`ep=light-${address}`, "lwm2m=1.1", "lt=86400"]) options.push(option(15, parameter));
  return encodeMessage({ type: CON, code: 2, messageId: attempt, token: utf8("s"), options, payload: list });
}
