import { expect, test } from "vitest";
import { bytes, hex } from "./testing/bytes.ts";
import { fc } from "./testing/properties.ts";
import { decodeTlv, encodeTlv, type TlvEntry } from "./tlv.ts";

const resource = (id: number, value: string): TlvEntry => ({ kind: "resource", id, value: bytes(value) });

test.each<[string, string, TlvEntry[]]>([
  ["a length in the type byte", "C1 02 65", [resource(2, "65")]],
  ["a length of one byte", "C8 0F 0C 45 75 72 6F 70 65 2F 50 61 72 69 73", [resource(15, "4575726F70652F5061726973")]],
  ["an identifier of two bytes", "E1 01 00 2A", [resource(256, "2A")]],
  ["an empty value", "C0 09", [resource(9, "")]],
  [
    "a multiple resource",
    "86 06 41 00 01 41 01 05",
    [
      {
        kind: "multiple",
        id: 6,
        entries: [
          { kind: "resource-instance", id: 0, value: bytes("01") },
          { kind: "resource-instance", id: 1, value: bytes("05") },
        ],
      },
    ],
  ],
  ["a multiple resource without instances", "80 06", [{ kind: "multiple", id: 6, entries: [] }]],
  [
    "instances with their resources",
    "03 00 C1 00 01 00 01",
    [
      { kind: "instance", id: 0, entries: [resource(0, "01")] },
      { kind: "instance", id: 1, entries: [] },
    ],
  ],
])("%s, both ways", (_, document, entries) => {
  expect(decodeTlv(bytes(document))).toEqual(entries);
  expect(hex(encodeTlv(entries))).toBe(document);
});

test("lengths of two and three bytes, both ways", () => {
  for (const [length, head] of [
    [255, "C8 00 FF"],
    [256, "D0 00 01 00"],
    [65_536, "D8 00 01 00 00"],
  ] as const) {
    const document = encodeTlv([{ kind: "resource", id: 0, value: new Uint8Array(length) }]);
    expect(hex(document.subarray(0, document.length - length))).toBe(head);
    expect(decodeTlv(document)).toEqual([{ kind: "resource", id: 0, value: new Uint8Array(length) }]);
  }
});

test("an identifier or a length in more bytes than needed is read too, and bits 2-0 then say nothing", () => {
  expect(decodeTlv(bytes("E1 00 02 65"))).toEqual([resource(2, "65")]);
  expect(decodeTlv(bytes("CF 02 01 65"))).toEqual([resource(2, "65")]);
  expect(decodeTlv(bytes("D0 02 00 01 65"))).toEqual([resource(2, "65")]);
});

test.each<[string, string, number]>([
  ["a type alone", "C1", 1],
  ["half an identifier", "E1 01", 1],
  ["a length without its value", "C8 00", 2],
  ["a value that ends early", "C2 00 01", 2],
  ["a child that reaches beyond its parent", "83 06 42 00 01 C0 00", 4],
  ["a resource instance in an object instance", "03 00 41 00 01", 2],
  ["an instance in an instance", "02 00 00 01", 2],
  ["a resource in a multiple resource", "83 06 C1 00 01", 2],
  ["a resource twice", "C1 02 65 C1 02 66", 3],
  ["the reserved instance 65535", "20 FF FF", 0],
])("%s is refused at its offset", (_, document, offset) => {
  expect(() => decodeTlv(bytes(document))).toThrow(
    expect.objectContaining({ name: "MalformedInput", what: "TLV", offset }),
  );
});

test("the encoder refuses identifiers and values that no TLV can hold", () => {
  expect(() => encodeTlv([resource(65_536, "")])).toThrow(RangeError);
  expect(() => encodeTlv([{ kind: "resource", id: 0, value: new Uint8Array(2 ** 24) }])).toThrow(RangeError);
});

const id = fc.integer({ min: 0, max: 65_534 });
const value = fc.uint8Array({ maxLength: 300 });
const unique = <T extends { id: number }>(entry: fc.Arbitrary<T>) =>
  fc.uniqueArray(entry, { selector: (one) => one.id, maxLength: 5 });
const single = fc.record({ kind: fc.constant("resource" as const), id, value });
const multiple = fc.record({
  kind: fc.constant("multiple" as const),
  id,
  entries: unique(fc.record({ kind: fc.constant("resource-instance" as const), id, value })),
});
const resources = unique(fc.oneof(single, multiple));
const instances = unique(fc.record({ kind: fc.constant("instance" as const), id, entries: resources }));
const documents = fc.oneof(resources, instances) as fc.Arbitrary<TlvEntry[]>;

test("what is written is read back", () => {
  fc.assert(
    fc.property(documents, (entries) => {
      expect(decodeTlv(encodeTlv(entries))).toEqual(entries);
    }),
  );
});

test("any bytes are either read or refused as malformed, and what is read fits in them", () => {
  const size = (entries: readonly TlvEntry[]): number =>
    entries.reduce((total, entry) => total + 2 + ("entries" in entry ? size(entry.entries) : entry.value.length), 0);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (document) => {
      try {
        expect(size(decodeTlv(document))).toBeLessThanOrEqual(document.length);
      } catch (error) {
        expect((error as Error).name).toBe("MalformedInput");
      }
    }),
    { numRuns: 5_000 },
  );
});

test("a document broken in one byte is either read or refused as malformed", () => {
  fc.assert(
    fc.property(documents, fc.nat(), fc.nat(255), (entries, at, byte) => {
      const document = encodeTlv(entries);
      if (document.length > 0) document[at % document.length] = byte;
      try {
        decodeTlv(document);
      } catch (error) {
        expect((error as Error).name).toBe("MalformedInput");
      }
    }),
  );
});
