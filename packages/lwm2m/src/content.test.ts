import { contentFormat } from "@lamplighter/coap/content-format";
import { expect, test } from "vitest";
import { decodeContent, encodeContent } from "./content.ts";
import { knownObjects } from "./models/known-objects.ts";
import { instance, multiple, object, resourcesOf, single } from "./node.ts";
import { formatPath, parsePath } from "./path.ts";
import { bytes, hex, utf8 } from "./testing/bytes.ts";
import { fc } from "./testing/properties.ts";
import { boolean, integer, opaque, text, time } from "./value.ts";

const models = knownObjects();
const read = (path: string, document: string, format: number = contentFormat.tlv) =>
  decodeContent(bytes(document), format, parsePath(path), models.find(parsePath(path).object));

test("the vector of test case 215 of the OMA enabler tests: setting the Server object", () => {
  const document = "C1 02 65 C2 03 03 F2 C2 05 07 D0 C1 06 01 C1 07 55";
  const node = instance(0, [
    single(2, integer(101)),
    single(3, integer(1_010)),
    single(5, integer(2_000)),
    single(6, boolean(true)),
    single(7, text("U")),
  ]);
  expect(read("/1/0", document)).toEqual(node);
  expect(hex(encodeContent(node, contentFormat.tlv))).toBe(document);
});

test("the vector of test case 651: time, offset and zone of the Device object", () => {
  const document = "C4 0D 51 82 42 8F C6 0E 2B 30 32 3A 30 30 C8 0F 0C 45 75 72 6F 70 65 2F 50 61 72 69 73";
  const node = instance(0, [
    single(13, time(1_367_491_215)),
    single(14, text("+02:00")),
    single(15, text("Europe/Paris")),
  ]);
  expect(read("/3/0", document)).toEqual(node);
  expect(hex(encodeContent(node, contentFormat.tlv))).toBe(document);
});

test("the vector of test case 1630: a Portfolio instance with its numbered identities", () => {
  const identities = ["Host Device ID #1", "Host Device Model #1"].map(text);
  const document = encodeContent(object(16, [instance(1, [multiple(0, identities)])]), contentFormat.tlv);
  expect(hex(document)).toBe(
    "08 01 2E 88 00 2B 48 00 11 48 6F 73 74 20 44 65 76 69 63 65 20 49 44 20 23 31 48 01 14 48 6F 73 74 20 44 65 76 69 63 65 20 4D 6F 64 65 6C 20 23 31",
  );
  expect(read("/16", hex(document))).toEqual(object(16, [instance(1, [multiple(0, identities)])]));
  // As printed, the multiple resource's type byte (80) says "empty", and what follows is nonsense.
  expect(() => read("/16", hex(document).replace("88 00 2B", "80 00 2B"))).toThrow(
    expect.objectContaining({ name: "MalformedInput" }),
  );
});

test("an instance may come with or without itself around its resources", () => {
  const inside = "C1 02 65";
  expect(read("/1/0", `03 00 ${inside}`)).toEqual(read("/1/0", inside));
  expect(() => read("/1/0", `03 01 ${inside}`)).toThrow(/instance 1 does not belong to \/1\/0/);
});

test("an object with a single instance may come without it, one with several may not", () => {
  expect(read("/3", "C3 00 61 62 63")).toEqual(object(3, [instance(0, [single(0, text("abc"))])]));
  expect(() => read("/1", "C1 02 65")).toThrow(/does not belong to \/1/);
});

test("an object without instances, and a multiple resource without values, are empty and not an error", () => {
  expect(read("/16", "")).toEqual(object(16, []));
  expect(read("/3/0/11", "")).toEqual(multiple(11, []));
  expect(() => read("/3/0/9", "")).toThrow(/no value/);
});

test("a multiple resource sent as a single one is read as its first value", () => {
  expect(read("/3/0/11", "C1 0B 00")).toEqual(multiple(11, [integer(0)]));
});

test("a resource instance comes wrapped in its resource or bare", () => {
  const node = { kind: "resource-instance", resourceInstance: 1, value: integer(5) };
  expect(read("/3/0/6/1", "83 06 41 01 05")).toEqual(node);
  expect(read("/3/0/6/1", "41 01 05")).toEqual(node);
  expect(() => read("/3/0/6/1", "83 06 41 00 05")).toThrow(/not what came back/);
});

test("resources that no definition knows come out as opaque", () => {
  expect(read("/3/0", "E1 67 00 01")).toEqual(instance(0, [single(26_368, opaque(bytes("01")))]));
  expect(read("/32769/0/1", "C1 01 01")).toEqual(single(1, opaque(bytes("01"))));
});

test("another resource than the one asked for is refused", () => {
  expect(() => read("/3/0/9", "C1 0A 05")).toThrow(expect.objectContaining({ name: "MalformedInput" }));
  expect(() => read("/3/0/9", "C1 09 05 C1 0A 05")).toThrow(expect.objectContaining({ name: "MalformedInput" }));
});

test("text and opaque carry one resource, and no more", () => {
  expect(read("/3/0/9", hex(utf8("85")), contentFormat.text)).toEqual(single(9, integer(85)));
  expect(read("/3/0/9", hex(utf8("85")), 1541)).toEqual(single(9, integer(85)));
  expect(read("/3/0/6/1", hex(utf8("5")), contentFormat.text)).toMatchObject({
    resourceInstance: 1,
    value: integer(5),
  });
  expect(read("/2048/0/1", "FF 00", contentFormat.opaque)).toEqual(single(1, opaque(bytes("FF 00"))));
  expect(() => read("/3/0", hex(utf8("85")), contentFormat.text)).toThrow(/cannot carry/);
  expect(() => read("/3/0/9", "55", contentFormat.opaque)).toThrow(/opaque bytes came back/);
});

test.each([contentFormat.link, 50, 1_544, 65_535])("content format %i is refused by its number", (format) => {
  expect(() => read("/3/0/9", "55", format)).toThrow(new RegExp(`content format ${format}`));
});

test("any bytes at any path are either read or refused as malformed", () => {
  const path = fc.constantFrom("/3", "/3/0", "/3/0/9", "/3/0/11", "/3/0/6/1", "/1", "/16/0/0", "/9999/1");
  const format = fc.constantFrom<number>(contentFormat.tlv, contentFormat.text, contentFormat.opaque);
  fc.assert(
    fc.property(path, format, fc.uint8Array({ maxLength: 30 }), (place, number, document) => {
      try {
        decodeContent(document, number, parsePath(place), models.find(parsePath(place).object));
      } catch (error) {
        expect((error as Error).name).toBe("MalformedInput");
      }
    }),
    { numRuns: 5_000 },
  );
});

test("a tree lists its resources with their paths", () => {
  const tree = object(3, [instance(0, [single(0, text("a")), multiple(11, [integer(0)])])]);
  expect([...resourcesOf(tree, { object: 3 })].map(({ path }) => formatPath(path))).toEqual(["/3/0/0", "/3/0/11"]);
  const [only] = resourcesOf(
    { kind: "resource-instance", resourceInstance: 4, value: integer(1) },
    parsePath("/3/0/11/4"),
  );
  expect(only).toEqual({ path: parsePath("/3/0/11"), resource: multiple(11, new Map([[4, integer(1)]])) });
});
