import { encode } from "cbor2";
import { expect, test } from "vitest";
import { MalformedInput } from "../malformed-input.ts";
import { bytes, hex } from "../testing/bytes.ts";
import { fc } from "../testing/properties.ts";
import { type CborItem, readCbor } from "./cbor-reader.ts";
import { cborFloat, cborInteger, cborText } from "./cbor-writer.ts";
import { formatLimits } from "./format-limits.ts";

const read = (document: string) => readCbor(bytes(document), "CBOR");

/** RFC 8949 Appendix A. */
test.each<[string, bigint]>([
  ["00", 0n],
  ["17", 23n],
  ["18 18", 24n],
  ["19 03 e8", 1000n],
  ["1a 00 0f 42 40", 1_000_000n],
  ["1b 00 00 00 e8 d4 a5 10 00", 1_000_000_000_000n],
  ["1b ff ff ff ff ff ff ff ff", 18_446_744_073_709_551_615n],
  ["3b ff ff ff ff ff ff ff ff", -18_446_744_073_709_551_616n],
  ["20", -1n],
  ["38 63", -100n],
  ["39 03 e7", -1000n],
])("the integer %s, both ways", (document, value) => {
  expect(read(document)).toEqual({ kind: "integer", value });
  expect(hex(cborInteger(value))).toBe(document.toUpperCase());
});

test.each<[string, number]>([
  ["f9 00 00", 0],
  ["f9 80 00", -0],
  ["f9 3c 00", 1],
  ["f9 3e 00", 1.5],
  ["f9 7b ff", 65_504],
  ["f9 00 01", 2 ** -24],
  ["f9 04 00", 0.000_061_035_156_25],
  ["f9 c4 00", -4],
  ["fa 47 c3 50 00", 100_000],
  ["fb 3f f1 99 99 99 99 99 9a", 1.1],
  ["fb 7e 37 e4 3c 88 00 75 9c", 1e300],
  ["fb c0 10 66 66 66 66 66 66", -4.1],
])("the float %s", (document, value) => {
  expect(read(document)).toMatchObject({ kind: "float", value });
});

test.each<[string, CborItem]>([
  ["f4", { kind: "boolean", value: false }],
  ["f5", { kind: "boolean", value: true }],
  ["f6", { kind: "null" }],
  ["c0 74 32 30 31 33 2d 30 33 2d 32 31 54 32 30 3a 30 34 3a 30 30 5a", whole(1_363_896_240n)],
  ["c1 1a 51 4b 67 b0", { kind: "integer", value: 1_363_896_240n }],
  ["c1 fb 41 d4 52 d9 ec 20 00 00", { kind: "float", value: 1_363_896_240.5 }],
  ["d9 d9 f7 01", { kind: "integer", value: 1n }],
  ["40", { kind: "bytes", value: bytes("") }],
  ["44 01 02 03 04", { kind: "bytes", value: bytes("01020304") }],
  ["60", { kind: "text", value: "" }],
  ["62 c3 bc", { kind: "text", value: "ü" }],
  ["64 f0 90 85 91", { kind: "text", value: "𐅑" }],
  ["80", { kind: "array", items: [] }],
  ["82 01 82 02 03", array(1n, array(2n, 3n))],
  ["a2 01 02 03 04", { kind: "map", entries: [entry(1n, 2n), entry(3n, 4n)] }],
  ["5f 42 01 02 43 03 04 05 ff", { kind: "bytes", value: bytes("0102030405") }],
  ["7f 65 73 74 72 65 61 64 6d 69 6e 67 ff", { kind: "text", value: "streaming" }],
  ["5f ff", { kind: "bytes", value: bytes("") }],
  ["9f ff", { kind: "array", items: [] }],
  ["9f 01 82 02 03 9f 04 05 ff ff", array(1n, array(2n, 3n), array(4n, 5n))],
  ["bf 01 02 ff", { kind: "map", entries: [entry(1n, 2n)] }],
])("the item %s", (document, item) => {
  expect(read(document)).toEqual(item);
});

/** RFC 8949 Appendix F lists most of these as not well-formed; the rest mean nothing in LwM2M. */
test.each([
  ["nothing", ""],
  ["an argument cut off", "18"],
  ["an argument of eight bytes cut off", "1b 01 02 03"],
  ["a string cut off", "44 01 02"],
  ["an array cut off", "82 01"],
  ["a map without its last value", "a1 01"],
  ["a string without an end", "5f 41 01"],
  ["an array without an end", "9f 01"],
  ["a map without an end", "bf 01 02"],
  ["a map that ends between key and value", "bf 01 ff"],
  ["a break by itself", "ff"],
  ["a break in an array with a length", "81 ff"],
  ["reserved additional information", "1c"],
  ["an indefinite integer", "1f"],
  ["an indefinite tag", "df 00"],
  ["a piece of another kind", "5f 61 61 ff"],
  ["a piece without a length", "5f 5f 41 01 ff ff"],
  ["a text piece that divides a character", "7f 61 c3 61 bc ff"],
  ["text that is not UTF-8", "62 c3 28"],
  ["something after the item", "01 02"],
  ["undefined", "f7"],
  ["a simple value", "e0"],
  ["a simple value of two bytes", "f8 ff"],
  ["a bignum", "c2 49 01 00 00 00 00 00 00 00 00"],
  ["a tag that means nothing", "d8 20 61 61"],
  ["a date that is none", "c0 61 61"],
  ["a time that is no number", "c1 61 61"],
  ["an array of more than there is", "9b 00 00 ff ff ff ff ff ff"],
  ["a map of more than there is", "bb ff ff ff ff ff ff ff ff"],
  ["a map of twice what there is", "a2 01 02 03"],
  ["bytes of more than there is", "5b 7f ff ff ff ff ff ff ff"],
  ["text of more than there is", "7a ff ff ff ff"],
])("%s is refused", (_, document) => {
  expect(() => read(document)).toThrow(MalformedInput);
});

test("an item nests no deeper than the limit, however deep it is", () => {
  const nested = (depth: number) => Uint8Array.from([...new Array<number>(depth).fill(0x81), 0x00]);
  expect(readCbor(nested(formatLimits.nestingMax), "CBOR").kind).toBe("array");
  expect(() => readCbor(nested(formatLimits.nestingMax + 1), "CBOR")).toThrow(/deeper/);
  for (const opening of [0x81, 0x9f, 0xbf, 0xc1, 0xa1]) {
    expect(() => readCbor(new Uint8Array(1_000_000).fill(opening), "CBOR")).toThrow(MalformedInput);
  }
});

test("a document holds no more values than the limit, in pieces of strings too", () => {
  expect(() => readCbor(new Uint8Array(formatLimits.itemsMax + 2).fill(0x00).fill(0x9f, 0, 1), "CBOR")).toThrow(/more/);
  expect(() => readCbor(new Uint8Array(formatLimits.itemsMax + 2).fill(0x40).fill(0x5f, 0, 1), "CBOR")).toThrow(/more/);
});

test("an error says at which byte it is", () => {
  expect(() => read("82 01 1c")).toThrow("malformed CBOR at 2: additional information 28 is reserved");
});

test("what another encoder writes is read", () => {
  const scalar = fc.oneof(fc.bigInt(-(2n ** 64n), 2n ** 64n - 1n), fc.string({ unit: "grapheme" }), fc.boolean());
  fc.assert(
    fc.property(fc.array(scalar), (values) => {
      const item = readCbor(encode(values), "CBOR");
      expect(item.kind === "array" && item.items.map((each) => "value" in each && each.value)).toEqual(values);
    }),
  );
});

test("floats come back as they were, to the bit", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(readCbor(cborFloat(value), "CBOR")).toMatchObject({ kind: "float", value });
      expect(readCbor(encode(value), "CBOR")).toSatisfy(
        (item: CborItem) => "value" in item && Number(item.value) === value,
      );
    }),
  );
});

test("text of every script comes back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      expect(readCbor(cborText(value), "CBOR")).toEqual({ kind: "text", value });
    }),
  );
});

function whole(value: bigint): CborItem {
  return { kind: "float", value: Number(value), whole: value };
}

function array(...items: (bigint | CborItem)[]): CborItem {
  return { kind: "array", items: items.map((item) => (typeof item === "bigint" ? integer(item) : item)) };
}

function entry(key: bigint, value: bigint): [CborItem, CborItem] {
  return [integer(key), integer(value)];
}

function integer(value: bigint): CborItem {
  return { kind: "integer", value };
}
