import { expect, test } from "vitest";
import { MalformedInput } from "./malformed-input.ts";
import { bytes, hex, utf8 } from "./testing/bytes.ts";
import { fc } from "./testing/properties.ts";
import { decodeText, encodeText } from "./text.ts";
import { decodeTlvValue, encodeTlvValue } from "./tlv-value.ts";
import {
  boolean,
  float,
  integer,
  opaque,
  type ResourceType,
  type ResourceValue,
  text,
  time,
  unsigned,
} from "./value.ts";

const here = "/1/2/3";

test.each<[ResourceValue, string, string]>([
  [integer(0), "00", "0"],
  [integer(127), "7F", "127"],
  [integer(128), "00 80", "128"],
  [integer(-129), "FF 7F", "-129"],
  [integer(32_768), "00 00 80 00", "32768"],
  [integer(2n ** 31n), "00 00 00 00 80 00 00 00", "2147483648"],
  [integer(-(2n ** 63n)), "80 00 00 00 00 00 00 00", "-9223372036854775808"],
  [integer(2n ** 63n - 1n), "7F FF FF FF FF FF FF FF", "9223372036854775807"],
  [unsigned(255), "FF", "255"],
  [unsigned(256), "01 00", "256"],
  [unsigned(2n ** 64n - 1n), "FF FF FF FF FF FF FF FF", "18446744073709551615"],
  [time(1_367_491_215), "51 82 42 8F", "1367491215"],
  [float(0.5), "3F 00 00 00", "0.5"],
  [float(0.1), "3F B9 99 99 99 99 99 9A", "0.1"],
  [float(1e21), "44 4B 1A E4 D6 E2 EF 50", "1000000000000000000000"],
  [float(-1.5e-7), "BE 84 21 F5 F4 0D 83 76", "-0.00000015"],
  [boolean(true), "01", "1"],
  [boolean(false), "00", "0"],
  [text("Europe/Paris"), "45 75 72 6F 70 65 2F 50 61 72 69 73", "Europe/Paris"],
  [opaque(bytes("00 FF 10")), "00 FF 10", "AP8Q"],
  [{ type: "objlnk", value: { object: 3, instance: 65_535 } }, "00 03 FF FF", "3:65535"],
  [{ type: "corelnk", value: "</3/0>" }, "3C 2F 33 2F 30 3E", "</3/0>"],
])("%o is %s in TLV and %s in text, both ways", (value, tlv, plain) => {
  expect(hex(encodeTlvValue(value))).toBe(tlv);
  expect(decodeTlvValue(bytes(tlv), value.type, here)).toEqual(value);
  expect(encodeText(value)).toEqual(utf8(plain));
  expect(decodeText(utf8(plain), value.type, here)).toEqual(value);
});

test("integers in more bytes than needed are read too", () => {
  expect(decodeTlvValue(bytes("00 00 00 01"), "integer", here)).toEqual(integer(1));
  expect(decodeTlvValue(bytes("FF FF"), "unsigned", here)).toEqual(unsigned(65_535));
});

test.each<[ResourceType, string]>([
  ["integer", ""],
  ["integer", "00 00 01"],
  ["integer", "00 00 00 00 00 00 00 00 01"],
  ["time", "00 00 01"],
  ["unsigned", ""],
  ["float", "00 00"],
  ["boolean", ""],
  ["boolean", "02"],
  ["boolean", "00 01"],
  ["objlnk", "00 03"],
  ["string", "C3 28"],
  ["string", "FF"],
])("as %s, the TLV value %j is refused by its path", (type, value) => {
  expect(() => decodeTlvValue(bytes(value), type, here)).toThrow(
    expect.objectContaining({ name: "MalformedInput", what: here }),
  );
});

test.each<[ResourceType, string]>([
  ["integer", ""],
  ["integer", " 1"],
  ["integer", "1.5"],
  ["integer", "0x10"],
  ["integer", "1e3"],
  ["integer", "9223372036854775808"],
  ["integer", "1".repeat(1_000)],
  ["unsigned", "-1"],
  ["unsigned", "18446744073709551616"],
  ["float", ""],
  ["float", "."],
  ["float", "NaN"],
  ["float", "Infinity"],
  ["float", "1e999"],
  ["float", "1,5"],
  ["boolean", "true"],
  ["boolean", ""],
  ["opaque", "A"],
  ["opaque", "AP8"],
  ["opaque", "AP 8Q"],
  ["objlnk", "3"],
  ["objlnk", "65536:0"],
  ["time", "2020-01-01"],
])("as %s, the text %j is refused by its path", (type, plain) => {
  expect(() => decodeText(utf8(plain), type, here)).toThrow(
    expect.objectContaining({ name: "MalformedInput", what: here }),
  );
});

test.each(["float", "integer", "opaque", "objlnk"] as const)(
  "as %s, a text as long as an answer may be is judged at once: nobody else is served meanwhile",
  (type) => {
    const began = performance.now();
    expect(() => decodeText(utf8(`${"1".repeat(1024 * 1024)}x`), type, here)).toThrow(MalformedInput);
    expect(performance.now() - began).toBeLessThan(500);
  },
);

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const values: fc.Arbitrary<ResourceValue> = fc.oneof(
  fc.string({ unit: "binary" }).map(text),
  int64.map(integer),
  int64.map(time),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(unsigned),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(float),
  fc.boolean().map(boolean),
  fc.uint8Array({ maxLength: 50 }).map(opaque),
  fc
    .record({ object: fc.nat(65_535), instance: fc.nat(65_535) })
    .map((value): ResourceValue => ({ type: "objlnk", value })),
);

test("every value survives TLV and text unchanged, to the last bit", () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(decodeTlvValue(encodeTlvValue(value), value.type, here)).toEqual(value);
      expect(decodeText(encodeText(value), value.type, here)).toEqual(value);
    }),
    { numRuns: 2_000 },
  );
});

test("text never has an exponent, which devices need not read", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(new TextDecoder().decode(encodeText(float(value)))).toMatch(/^-?\d+(\.\d+)?$/);
    }),
  );
});

test("integers take the fewest of 1, 2, 4 or 8 bytes", () => {
  fc.assert(
    fc.property(int64, (value) => {
      const length = encodeTlvValue(integer(value)).length;
      expect([1, 2, 4, 8]).toContain(length);
      if (length > 1) expect(BigInt.asIntN(length * 4, value)).not.toBe(value);
    }),
  );
});
