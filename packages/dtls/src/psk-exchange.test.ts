import { expect, test } from "vitest";
import { MalformedRecord } from "./malformed-record.ts";
import { decodePskIdentity, encodePskIdentity, identityBytesMax } from "./psk-exchange.ts";

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
