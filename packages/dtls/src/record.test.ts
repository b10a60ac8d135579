import fc from "fast-check";
import { expect, test } from "vitest";
import { MalformedRecord } from "./malformed-record.ts";
import { decodeRecords, encodeRecord } from "./record.ts";

test("records are read as they were written, several in one datagram", () => {
  const record = fc.record({
    type: fc.constantFrom(20, 21, 22, 23),
    version: fc.constant(0xfefd),
    epoch: fc.integer({ min: 0, max: 0xffff }),
    sequence: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
    body: fc.uint8Array({ maxLength: 60 }),
  });
  const withId = record.map((plain) => ({ ...plain, type: 25, connectionId: Uint8Array.of(1, 2, 3) }));
  fc.assert(
    fc.property(fc.array(fc.oneof(record, withId), { maxLength: 4 }), (records) => {
      expect([...decodeRecords(Buffer.concat(records.map(encodeRecord)), 3)]).toEqual(
        records.map((one) => ({
          ...one,
          body: Buffer.from(one.body),
          ...("connectionId" in one && { connectionId: Buffer.from(one.connectionId) }),
        })),
      );
    }),
  );
});

test.each([
  ["a header cut short", "16fefd00000000000000"],
  ["TLS in place of DTLS", "160303000000000000000000010a"],
  ["a body cut short", "16fefd0000000000000000000500"],
  ["a body longer than any may be", `17fefd00010000000000004801${"00".repeat(0x4801)}`],
  ["a connection id cut short", "19fefd000100000000000001"],
])("refused: %s", (_, hex) => {
  expect(() => [...decodeRecords(Buffer.from(hex, "hex"), 6)]).toThrow(MalformedRecord);
});
