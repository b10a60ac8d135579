import { contentFormat } from "@lamplighter/coap/content-format";
import { expect, test } from "vitest";
import { MalformedInput } from "../malformed-input.ts";
import { knownObjects } from "../models/known-objects.ts";
import { instance, multiple, object, single } from "../node.ts";
import { parsePath } from "../path.ts";
import { bytes, hex } from "../testing/bytes.ts";
import { integer, text, time, unsigned } from "../value.ts";
import { decodeNode, encodeNode } from "./node-codec.ts";
import type { ReadingContext } from "./reading-context.ts";
import { decodeTimestamped, encodeTimestamped } from "./series.ts";

const models = knownObjects();
const context: ReadingContext = { modelOf: (id) => models.find(id), nowSeconds: 1_700_000_000 };
const { lwm2mCbor, cbor } = contentFormat;
const device = instance(0, [single(0, text("A")), multiple(6, [integer(1), integer(5)])]);
const readNode = (document: string, path: string, reading = context) =>
  decodeNode(bytes(document), lwm2mCbor, parsePath(path), reading);

test.each([
  ["a map for each level", "A1 03 A1 00 A2 00 61 41 06 A2 00 01 01 05"],
  ["an array as the key of an instance", "A1 82 03 00 A2 00 61 41 06 A2 00 01 01 05"],
  ["a whole path for each value", "A3 83 03 00 00 61 41 84 03 00 06 00 01 84 03 00 06 01 05"],
  ["arrays below arrays", "A1 82 03 00 A3 00 61 41 82 06 00 01 82 06 01 05"],
  ["an array of one", "A1 81 03 A1 81 00 A2 00 61 41 06 A2 00 01 01 05"],
  ["no lengths", "BF 9F 03 00 FF BF 00 7F 61 41 FF 06 BF 00 01 01 05 FF FF FF"],
  ["depths mixed", "A2 82 03 00 A1 00 61 41 83 03 00 06 A2 01 05 00 01"],
])("%s makes the same instance", (_, document) => {
  expect(readNode(document, "/3/0")).toEqual(device);
});

test("it is written as a map for each level", () => {
  expect(hex(encodeNode(device, lwm2mCbor, parsePath("/3/0")))).toBe("A1 03 A1 00 A2 00 61 41 06 A2 00 01 01 05");
});

test("the device chooses the number of what is created as instance 65535, and only there may that stand", () => {
  const created = object(2, [instance(65_535, [single(0, integer(3))])]);
  const document = encodeNode(created, lwm2mCbor, parsePath("/2"));
  expect(hex(document)).toBe("A1 02 A1 19 FF FF A1 00 03");
  expect(decodeNode(document, lwm2mCbor, parsePath("/2"), { ...context, mayLeaveInstanceOpen: true })).toEqual(created);
  expect(() => decodeNode(document, lwm2mCbor, parsePath("/2"), context)).toThrow(MalformedInput);
});

test("the alternate path may stand before the object, by itself or in its key", () => {
  const reading = { ...context, rootPath: ["dev"] };
  const battery = single(9, integer(7));
  expect(readNode("A1 84 63 646576 03 00 09 07", "/3/0/9", reading)).toEqual(battery);
  expect(readNode("A1 63 646576 A1 83 03 00 09 07", "/3/0/9", reading)).toEqual(battery);
  expect(readNode("A1 83 03 00 09 07", "/3/0/9", reading)).toEqual(battery);
  expect(() => readNode("A1 84 63 646578 03 00 09 07", "/3/0/9", reading)).toThrow(MalformedInput);
  expect(() => readNode("A1 84 63 646576 03 00 09 07", "/3/0/9")).toThrow(MalformedInput);
});

test("values of several objects come as a series without times, and times cannot be written", () => {
  const values = [
    { path: parsePath("/3/0/9"), value: integer(7) },
    { path: parsePath("/1/0/1"), value: integer(86_400) },
  ];
  expect(decodeTimestamped(encodeTimestamped(values, lwm2mCbor), lwm2mCbor, undefined, context)).toEqual(values);
  expect(() => encodeTimestamped([{ ...values[0]!, time: 1 }], lwm2mCbor)).toThrow(RangeError);
});

test.each([
  ["an array", "80"],
  ["a value by itself", "01"],
  ["a path twice", "A2 83 03 00 09 01 83 03 00 09 01"],
  ["a path twice, divided differently", "A2 83 03 00 09 01 03 A1 82 00 09 01"],
  ["a key twice", "A1 82 03 00 A2 09 01 09 02"],
  ["a negative key", "A1 20 01"],
  ["a key of text", "A1 61 33 01"],
  ["a key too large", "A1 1A 00 01 00 00 01"],
  ["an empty key", "A1 80 01"],
  ["five identifiers", "A1 85 03 00 06 00 00 01"],
  ["five identifiers in maps", "A1 03 A1 00 A1 06 A1 00 A1 00 01"],
  ["a value at an instance", "A1 82 03 00 01"],
  ["null", "A1 83 03 00 09 F6"],
  ["an array as a value", "A1 83 03 00 09 80"],
  ["not a number", "A1 83 03 00 09 F9 7E 00"],
  ["a value of another type", "A1 83 03 00 09 61 37"],
  ["a value of another instance", "A1 83 03 01 09 01"],
  ["instance 65535", "A1 83 03 19 FF FF 09 01"],
  ["a value and its instance", "A2 83 03 00 06 01 84 03 00 06 00 01"],
])("%s is refused", (_, document) => {
  expect(() => readNode(document, "/3/0")).toThrow(MalformedInput);
});

test("nothing at all cannot be written", () => {
  expect(() => encodeNode(instance(0, []), lwm2mCbor, parsePath("/3/0"))).toThrow(RangeError);
});

test.each([
  ["/3/0/9", "18 64", single(9, integer(100))],
  ["/3/0/0", "61 41", single(0, text("A"))],
  ["/3/0/6/1", "05", { kind: "resource-instance", resourceInstance: 1, value: integer(5) }],
  ["/0/0/13", "00", single(13, unsigned(0))],
  ["/3/0/13", "1A 51 4B 67 B0", single(13, time(1_363_896_240))],
] as const)("one value of %s in plain CBOR, both ways", (path, document, node) => {
  expect(decodeNode(bytes(document), cbor, parsePath(path), context)).toEqual(node);
  expect(hex(encodeNode(node, cbor, parsePath(path)))).toBe(document);
});

test("a time in plain CBOR may carry its tag, as a number or a date", () => {
  const clock = single(13, time(1_363_896_240));
  for (const document of ["C1 1A 514B67B0", "C0 74 323031332D30332D32315432303A30343A30305A"]) {
    expect(decodeNode(bytes(document), cbor, parsePath("/3/0/13"), context)).toEqual(clock);
  }
});

test.each([
  ["an instance", "/3/0", "01"],
  ["an object", "/3", "01"],
  ["an array", "/3/0/9", "81 01"],
  ["a map", "/3/0/9", "A0"],
  ["an array at what we do not know", "/65000/1/2", "81 01"],
  ["null", "/3/0/9", "F6"],
  ["nothing", "/3/0/9", ""],
  ["a fraction for an integer", "/3/0/9", "F9 3E 00"],
  ["half a second of time", "/3/0/13", "C1 FB 41D452D9EC200000"],
])("plain CBOR with %s is refused", (_, path, document) => {
  expect(() => decodeNode(bytes(document), cbor, parsePath(path), context)).toThrow(MalformedInput);
});
