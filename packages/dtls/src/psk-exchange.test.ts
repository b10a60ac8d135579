import { expect, test } from "vitest";
import { handshakeType } from "./handshake-message.ts";
import { MalformedRecord } from "./malformed-record.ts";
import {
  ClientPskExchange,
  decodePskIdentity,
  encodePskIdentity,
  identityBytesMax,
  ServerPskExchange,
} from "./psk-exchange.ts";

const identityOf = (bytes: number) => new Uint8Array(bytes).fill(0xc3);

test.each([0, 1, identityBytesMax])("an identity of %i bytes is read as it was written, UTF-8 or not", (bytes) => {
  expect(decodePskIdentity(encodePskIdentity(identityOf(bytes)))).toEqual(identityOf(bytes));
});

test.each([
  ["is longer than 128 bytes", encodePskIdentity(identityOf(identityBytesMax + 1))],
  ["has something after it", Uint8Array.of(...encodePskIdentity(identityOf(3)), 0)],
  ["ends before its length", encodePskIdentity(identityOf(3)).subarray(0, 4)],
  ["has half a length", Uint8Array.of(0)],
  ["is not there", new Uint8Array()],
])("an identity that %s is refused (RFC 4279 §2, §5.3)", (_, body) => {
  expect(() => decodePskIdentity(body)).toThrow(MalformedRecord);
});

test("each side takes the one message that is its peer's to say, and no other of those there are", () => {
  const own = { identity: identityOf(1), key: new Uint8Array(16) };
  const body = encodePskIdentity(own.identity);
  const taken = (exchange: () => { receive(message: { type: number; sequence: number; body: Uint8Array }): unknown }) =>
    Object.entries(handshakeType)
      .filter(([, type]) => (exchange().receive({ type, sequence: 1, body }) as { kind: string }).kind !== "failed")
      .map(([name]) => name);
  expect(taken(() => new ServerPskExchange(() => own.key))).toEqual(["clientKeyExchange"]);
  expect(taken(() => new ClientPskExchange(own))).toEqual(["serverKeyExchange"]);
});
