import { createHash } from "node:crypto";
import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { SealedBox } from "@lamplighter/runtime/sealed-box";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { type Conditions, fakeNetwork } from "@lamplighter/simulation/fake-network";
import { type DtlsClientOptions, DtlsClientPort } from "../src/client-port.ts";
import type { DtlsEvent, DtlsServerOptions } from "../src/server-options.ts";
import { DtlsServerPort } from "../src/server-port.ts";
import { SessionKeeper } from "../src/session-keeper.ts";

export const serverAddress = "192.0.2.1:5684";
export const text = (words: string) => new TextEncoder().encode(words);

/** Bytes that look random and are the same for every run of one seed. Never outside of tests. */
export function seededBytes(seed: number): (count: number) => Uint8Array<ArrayBuffer> {
  let drawn = 0;
  return (count) => {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at += 32) {
      const block = createHash("sha256").update(`${seed}:${drawn++}`).digest();
      bytes.set(block.subarray(0, Math.min(32, count - at)), at);
    }
    return bytes;
  };
}

/** Keeps connections nowhere: for a port that is given some to restore. */
export function keeperOfNothing(): SessionKeeper {
  const store = { takeUp: async () => [], save: async () => {} };
  const box = new SealedBox({ key: new Uint8Array(32), randomBytes: seededBytes(1) });
  return new SessionKeeper({ store, box, clock: new FakeClock() });
}

export interface WorldOptions {
  readonly seed?: number;
  readonly conditions?: Conditions;
  readonly server?: Partial<DtlsServerOptions>;
}

export const calm: Conditions = { loss: 0, duplication: 0, delayMax: milliseconds(10) };
export const keyOfLight = text("0123456789abcdef");

/** A server and any number of lights on a fake network; the server sends back what it hears. */
export function world({ seed = 1, conditions = calm, server: given = {} }: WorldOptions = {}) {
  const clock = new FakeClock();
  const network = fakeNetwork(clock, seeded(seed), conditions);
  const events: DtlsEvent[] = [];
  let lights = 0;
  const heard: { readonly from: string; readonly words: string }[] = [];
  const server = new DtlsServerPort({
    port: network.bind(serverAddress),
    clock,
    randomBytes: seededBytes(seed),
    keyOf: (identity) => (Buffer.from(identity).toString().startsWith("light-") ? keyOfLight : undefined),
    onEvent: (event) => events.push(event),
    ...given,
  });
  server.onDatagram((from, datagram) => {
    heard.push({ from, words: new TextDecoder().decode(datagram) });
    server.send(from, datagram);
  });
  function light(name: string, options: Partial<DtlsClientOptions> & { readonly at?: string } = {}) {
    const { at = `10.0.0.1:${10_000 + events.length}`, ...rest } = options;
    const port = network.bind(at);
    const answers: string[] = [];
    const client = new DtlsClientPort({
      port,
      server: serverAddress,
      clock,
      randomBytes: seededBytes(seed * 1_000 + ++lights),
      identity: text(name),
      key: keyOfLight,
      ...rest,
    });
    client.onDatagram((_, datagram) => answers.push(new TextDecoder().decode(datagram)));
    return { client, answers, say: (words: string) => client.send(serverAddress, text(words)) };
  }
  /** Lets virtual time pass, and the microtasks in it. */
  async function pass(span: number): Promise<void> {
    for (let passed = 0; passed < span; passed += 10) {
      clock.advance(milliseconds(10));
      await Promise.resolve();
    }
  }
  return { clock, network, server, events, heard, light, pass };
}
