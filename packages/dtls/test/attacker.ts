import { expect } from "vitest";
import { encodeMessage, handshakeType } from "../src/handshake-message.ts";
import { encodeClientHello } from "../src/hello.ts";
import { contentType, encodeRecord } from "../src/record.ts";
import { world } from "./world.ts";

export const lightAddress = "10.0.0.1:1000";
export const stranger = "203.0.113.9:9";

/** A light that is connected and has said one thing; all datagrams of both directions so far. */
export async function connected(options: Parameters<typeof world>[0] = {}) {
  const it = world(options);
  const passed: { from: string; datagram: Uint8Array }[] = [];
  it.network.watch(({ from, datagram }) => passed.push({ from, datagram: datagram.slice() }));
  const lamp = it.light("light-1", { at: lightAddress, connectionId: new Uint8Array(0) });
  lamp.say("one");
  await it.pass(500);
  expect(it.heard).toHaveLength(1);
  return { ...it, ...lamp, passed };
}

/** A record in the clear. */
export const plain = (type: number, body: Uint8Array, { epoch = 0, sequence = 7 } = {}) =>
  encodeRecord({ type, version: 0xfefd, epoch, sequence, body });

/** A first hello, of whatever is wished. */
export function hello(random = new Uint8Array(32), more: Partial<Parameters<typeof encodeClientHello>[0]> = {}) {
  const body = encodeClientHello({
    version: 0xfefd,
    random,
    sessionId: new Uint8Array(0),
    cookie: new Uint8Array(0),
    cipherSuites: [0xc0a8],
    compressionMethods: Uint8Array.of(0),
    extensions: new Map(),
    ...more,
  });
  return plain(contentType.handshake, encodeMessage({ type: handshakeType.clientHello, sequence: 0, body }));
}
