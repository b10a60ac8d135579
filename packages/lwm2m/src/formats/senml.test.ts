import { contentFormat } from "@lamplighter/coap/content-format";
import { expect, test } from "vitest";
import { MalformedInput } from "../malformed-input.ts";
import { knownObjects } from "../models/known-objects.ts";
import { instance, multiple, single } from "../node.ts";
import { parsePath } from "../path.ts";
import { bytes, hex, utf8 } from "../testing/bytes.ts";
import { typedContext } from "../testing/typed-object.ts";
import { boolean, float, integer, opaque, text, time } from "../value.ts";
import { decodeNode, encodeNode } from "./node-codec.ts";
import type { ReadingContext } from "./reading-context.ts";
import { decodeTimestamped, encodeTimestamped } from "./series.ts";

const models = knownObjects();
const context: ReadingContext = { modelOf: (object) => models.find(object), nowSeconds: 1_700_000_000 };
const now = context.nowSeconds;
const { senmlJson, senmlCbor } = contentFormat;

const readJson = (document: unknown, at = "/3303/0", reading: ReadingContext = context) =>
  decodeTimestamped(
    utf8(typeof document === "string" ? document : JSON.stringify(document)),
    senmlJson,
    parsePath(at),
    reading,
  );
const readCbor = (document: string) => decodeTimestamped(bytes(document), senmlCbor, undefined, context);
const sensor = (value: number, at?: number) => ({
  path: parsePath("/3303/0/5700"),
  value: float(value),
  ...(at !== undefined && { time: at }),
});

/** LwM2M Enabler Test Specification, case 257. */
const case257 =
  "83 A3 21 61 2F 00 65 31 2F 30 2F 32 02 18 65 A2 00 65 31 2F 30 2F 36 04 F5 A2 00 66 33 2F 30 2F 31 33 02 00";

test("the Write-Composite of test case 257 is read and written to the byte", () => {
  const values = [
    { path: parsePath("/1/0/2"), value: integer(101) },
    { path: parsePath("/1/0/6"), value: boolean(true) },
    { path: parsePath("/3/0/13"), value: time(0) },
  ];
  expect(readCbor(case257)).toEqual(values);
  expect(hex(encodeTimestamped(values, senmlCbor))).toBe(case257);
});

test("a device object is read from JSON: base name, names below it, resource instances, types from the model", () => {
  const document =
    '[{"bn":"/3/0/","n":"0","vs":"Open Mobile Alliance"},{"n":"6/0","v":1},{"n":"6/1","v":5},' +
    '{"n":"9","v":100},{"n":"13","v":1367491215}]';
  const device = instance(0, [
    single(0, text("Open Mobile Alliance")),
    multiple(6, [integer(1), integer(5)]),
    single(9, integer(100)),
    single(13, time(1_367_491_215)),
  ]);
  expect(decodeNode(utf8(document), senmlJson, parsePath("/3/0"), context)).toEqual(device);
  expect(new TextDecoder().decode(encodeNode(device, senmlJson, parsePath("/3/0")))).toBe(
    '[{"bn":"/","n":"3/0/0","vs":"Open Mobile Alliance"},{"n":"3/0/6/0","v":1},{"n":"3/0/6/1","v":5},' +
      '{"n":"3/0/9","v":100},{"n":"3/0/13","v":1367491215}]',
  );
});

test("records in any order make the same node", () => {
  const shuffled = '[{"n":"/3/0/6/1","v":5},{"n":"/3/0/9","v":100},{"n":"/3/0/6/0","v":1}]';
  const node = decodeNode(utf8(shuffled), senmlJson, parsePath("/3/0"), context);
  expect(node).toEqual(
    instance(0, [
      multiple(
        6,
        new Map([
          [1, integer(5)],
          [0, integer(1)],
        ]),
      ),
      single(9, integer(100)),
    ]),
  );
});

test("a link, bytes and a whole number of 64 bits come as they are", () => {
  const read = decodeTimestamped(
    utf8('[{"bn":"/30000/0/","n":"7","vlo":"3:65535"},{"n":"5","vd":"-_8"},{"n":"2","v":18446744073709551615}]'),
    senmlJson,
    undefined,
    typedContext,
  );
  expect(read.map(({ value }) => value)).toEqual([
    { type: "objlnk", value: { object: 3, instance: 65_535 } },
    opaque(bytes("FBFF")),
    { type: "unsigned", value: 2n ** 64n - 1n },
  ]);
});

test.each(["-_8", "-_8=", "+/8", "+/8="])("bytes as %s are read in either alphabet, padded or not", (vd) => {
  const read = decodeTimestamped(utf8(`[{"n":"/30000/0/5","vd":"${vd}"}]`), senmlJson, undefined, typedContext);
  expect(read[0]?.value).toEqual(opaque(bytes("FBFF")));
});

test("a resource that no model knows has the type that it came in", () => {
  const document =
    '[{"bn":"/65000/0/","n":"0","v":1},{"n":"1","v":1.5},{"n":"2","vs":"a"},{"n":"3","vb":true},{"n":"4","vd":"AA"},' +
    '{"n":"5","vlo":"1:2"},{"n":"6","v":18446744073709551615}]';
  expect(readJson(document, "/65000/0").map(({ value }) => value.type)).toEqual([
    "integer",
    "float",
    "string",
    "boolean",
    "opaque",
    "objlnk",
    "unsigned",
  ]);
});

/** RFC 8428 §4.5.3 and the examples of §5.1.3, on the paths of a temperature sensor. */
test("times count from the base time, and keep their fractions", () => {
  const pack = [
    { bn: "/3303/0/", bt: 1276020076.001, bu: "A", bver: 5, n: "5700", u: "V", v: 120.1 },
    { n: "5700", t: -5, v: 1.2 },
    { n: "5700", t: -4, v: 1.3 },
    { n: "5700", v: 1.7, ut: 60, extension: { anything: [1] } },
  ];
  expect(readJson(pack)).toEqual([
    sensor(120.1, 1276020076.001),
    sensor(1.2, 1276020071.001),
    sensor(1.3, 1276020072.001),
    sensor(1.7, 1276020076.001),
  ]);
});

test("small times count from now, no time is now, and a base time may change on the way", () => {
  const pack = [
    { bn: "/3303/0/5700", v: 1 },
    { t: -10, v: 2 },
    { t: 60.5, v: 3 },
    { bt: -100, v: 4 },
    { t: 100, v: 5 },
    { bt: 1.6e9, v: 6 },
    { t: 2 ** 28 - 1 - 1.6e9, v: 7 },
    { t: 2 ** 28 - 1.6e9, v: 8 },
  ];
  expect(readJson(pack)).toEqual([
    sensor(1),
    sensor(2, now - 10),
    sensor(3, now + 60.5),
    sensor(4, now - 100),
    sensor(5),
    sensor(6, 1.6e9),
    sensor(7, now + 2 ** 28 - 1),
    sensor(8, 2 ** 28),
  ]);
});

test("times are read and written in CBOR too", () => {
  const series = [sensor(21.5, 1_600_000_000), sensor(22.5, 1_600_000_000.25)];
  const document = encodeTimestamped(series, senmlCbor);
  expect(readCbor(hex(document))).toEqual(series);
  // bn, bt and v of one record, n and t of the next: -2, -3 (tag 1 is allowed), 2, 6.
  expect(readCbor("82 A3 21 6C 2F333330332F302F35373030 22 C1 1A 5F5E1000 02 F9 4D 60 A2 06 20 02 15")).toEqual([
    sensor(21.5, 1_600_000_000),
    sensor(21, 1_599_999_999),
  ]);
});

test("the latest of several moments is what stands at a path; one without a time is of now", () => {
  const node = (document: string) => decodeNode(utf8(document), senmlJson, parsePath("/3303/0/5700"), context);
  const history = '{"bn":"/3303/0/5700","t":-60,"v":1},{"t":-10,"v":3},{"t":-30,"v":2}';
  expect(node(`[${history}]`)).toEqual(single(5700, float(3)));
  expect(node(`[${history},{"v":4}]`)).toEqual(single(5700, float(4)));
});

test("a base value is added, exactly where both are whole", () => {
  expect(readJson('[{"bn":"/30000/0/2","bv":18446744073709551610,"v":5},{"v":4}]', "/30000/0/2", typedContext)).toEqual(
    [
      { path: parsePath("/30000/0/2"), value: { type: "unsigned", value: 2n ** 64n - 1n } },
      { path: parsePath("/30000/0/2"), value: { type: "unsigned", value: 2n ** 64n - 2n } },
    ],
  );
  expect(readJson([{ bn: "/3303/0/5700", bv: 20, v: 0.5 }])).toEqual([sensor(20.5)]);
});

test("a record of base values alone only says something of those that follow", () => {
  expect(
    readJson([
      { bn: "/3303/0/", bt: 1.6e9 },
      { n: "5700", v: 1 },
    ]),
  ).toEqual([sensor(1, 1.6e9)]);
});

test("names may begin with the alternate path, or not", () => {
  const reading = { ...context, rootPath: ["lwm2m", "x"] };
  for (const name of ["/lwm2m/x/3303/0/5700", "/3303/0/5700", "lwm2m/x/3303/0/5700", "3303/0/5700", "/3303/0/5700/"]) {
    expect(readJson([{ n: name, v: 1 }], "/3303/0", reading)).toEqual([sensor(1)]);
  }
  expect(() => readJson([{ n: "/lwm2m/3303/0/5700", v: 1 }], "/3303/0", reading)).toThrow(MalformedInput);
  const written = encodeNode(single(5700, float(1)), senmlJson, parsePath("/3303/0/5700"), reading);
  expect(new TextDecoder().decode(written)).toBe('[{"bn":"/lwm2m/x/","n":"3303/0/5700","v":1}]');
});

test("an empty pack is an empty instance, and a multiple resource without instances", () => {
  expect(decodeNode(utf8("[]"), senmlJson, parsePath("/3/0"), context)).toEqual(instance(0, []));
  expect(decodeNode(utf8("[]"), senmlJson, parsePath("/3/0/6"), context)).toEqual(multiple(6, []));
  expect(() => decodeNode(utf8("[]"), senmlJson, parsePath("/3/0/9"), context)).toThrow("/3/0/9 has no value");
});

test("a device that has only doubles may send a whole one for an integer", () => {
  expect(readJson('[{"n":"/3/0/9","v":1e2}]', "/3/0")[0]?.value).toEqual(integer(100));
  expect(readCbor("81 A2 00 66 2F332F302F39 02 FB 4059000000000000")[0]?.value).toEqual(integer(100));
});

test.each([
  ["no array", "{}"],
  ["a record that is no object", "[1]"],
  ["a value without a name", '[{"v":1}]'],
  ["a name without a value", '[{"n":"/3/0/9"}]'],
  ["two values", '[{"n":"/3/0/9","v":1,"vs":"1"}]'],
  ["text under v", '[{"n":"/3/0/9","v":"1"}]'],
  ["a number under vs", '[{"n":"/3/0/0","vs":1}]'],
  ["a number under vb", '[{"n":"/1/0/6","vb":1}]'],
  ["bytes that are not base64", '[{"n":"/5/0/0","vd":"A"}]'],
  ["bytes padded wrongly", '[{"n":"/5/0/0","vd":"AAA=="}]'],
  ["a link that is none", '[{"n":"/30000/0/7","vlo":"3"}]'],
  ["a link of numbers too large", '[{"n":"/30000/0/7","vlo":"65536:0"}]'],
  ["null", '[{"n":"/3/0/9","v":null}]'],
  ["text for an integer", '[{"n":"/3/0/9","vs":"1"}]'],
  ["a fraction for an integer", '[{"n":"/3/0/9","v":1.5}]'],
  ["an integer of 65 bits", '[{"n":"/3/0/9","v":9223372036854775808}]'],
  ["a negative number for an unsigned one", '[{"n":"/30000/0/2","v":-1}]'],
  ["a label that must be understood", '[{"n":"/3/0/9","v":1,"must_":1}]'],
  ["a version to come", '[{"bver":11,"n":"/3/0/9","v":1}]'],
  ["a version that is none", '[{"bver":"5","n":"/3/0/9","v":1}]'],
  ["a sum", '[{"n":"/3/0/9","v":1,"s":2}]'],
  ["a base sum", '[{"bs":2,"n":"/3/0/9","v":1}]'],
  ["a time that is no number", '[{"n":"/3/0/9","v":1,"t":"1"}]'],
  ["a unit that is no text", '[{"n":"/3/0/9","v":1,"u":1}]'],
  ["a name that is no text", '[{"n":3,"v":1}]'],
  ["a name that is no path", '[{"n":"/3/0/x","v":1}]'],
  ["a name with a leading zero", '[{"n":"/3/0/09","v":1}]'],
  ["an empty segment", '[{"n":"/3//9","v":1}]'],
  ["five identifiers", '[{"n":"/3/0/9/0/0","v":1}]'],
  ["an identifier too large", '[{"n":"/3/0/65536","v":1}]'],
  ["instance 65535", '[{"n":"/3/65535/9","v":1}]'],
  ["a name too long", `[{"n":"/3/0/9${"/".repeat(600)}","v":1}]`],
  ["a value at an instance", '[{"n":"/3/0","v":1}]'],
  ["a value at the root", '[{"n":"/","v":1}]'],
])("in JSON, %s is refused", (_, document) => {
  const reading: ReadingContext = {
    ...context,
    modelOf: (object) => typedContext.modelOf(object) ?? context.modelOf(object),
  };
  expect(() => readJson(document, "/3/0", reading)).toThrow(MalformedInput);
});

test.each([
  ["a value twice", '[{"n":"/3/0/9","v":1},{"n":"/3/0/9","v":1}]'],
  ["a value and its instance", '[{"n":"/3/0/6","v":1},{"n":"/3/0/6/0","v":1}]'],
  ["a single value and an instance of it", '[{"n":"/3/0/9","v":1},{"n":"/3/0/9/0","v":1}]'],
  ["an instance and a single value", '[{"n":"/3/0/9/0","v":1},{"n":"/3/0/9","v":1}]'],
  ["a value of another instance", '[{"n":"/3/1/9","v":1}]'],
  ["a value of another object", '[{"n":"/4/0/9","v":1}]'],
])("in JSON, %s has no place in what was asked for", (_, document) => {
  expect(readJson(document)).not.toEqual([]);
  expect(() => decodeNode(utf8(document), senmlJson, parsePath("/3/0"), context)).toThrow(MalformedInput);
});

test.each([
  ["no array", "A0"],
  ["a record that is no map", "81 01"],
  ["a label twice", "81 A3 00 66 2F332F302F39 02 01 02 01"],
  ["a label twice, spelled out once", "81 A3 00 66 2F332F302F39 02 01 61 76 01"],
  ["a label that is an array", "81 A1 80 01"],
  ["a label that must be understood", "81 A3 00 66 2F332F302F39 02 01 65 6D7573745F 01"],
  ["an array as a value", "81 A2 00 66 2F332F302F39 02 80"],
  ["not a number", "81 A2 00 69 2F333330332F302F31 02 F9 7E00"],
  ["infinity as a time", "81 A3 00 66 2F332F302F39 02 01 06 F9 7C00"],
  ["text for bytes", "81 A2 00 66 2F352F302F30 08 61 61"],
])("in CBOR, %s is refused", (_, document) => {
  expect(() => readCbor(document)).toThrow(MalformedInput);
});

test("labels that we do not know and need not understand are passed over, whatever they hold", () => {
  expect(readCbor("81 A5 00 66 2F332F302F39 02 01 18 63 A1 01 82 02 03 61 78 80 29 F6")).toEqual([
    { path: parsePath("/3/0/9"), value: integer(1) },
  ]);
});

test("more records than the limit are refused", () => {
  const records = (count: number) => `[${new Array(count).fill('{"n":"/3303/0/5700","v":1}').join(",")}]`;
  expect(readJson(records(10_000))).toHaveLength(10_000);
  expect(() => readJson(records(10_001))).toThrow("more than 10000 records");
  const tooMany = bytes(`9A 00 00 27 11 ${"A0".repeat(10_001)}`);
  expect(() => decodeTimestamped(tooMany, senmlCbor, undefined, context)).toThrow("more than 10000 records");
});
