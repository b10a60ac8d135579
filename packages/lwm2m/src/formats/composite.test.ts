import { contentFormat } from "@lamplighter/coap/content-format";
import { expect, test } from "vitest";
import { MalformedInput } from "../malformed-input.ts";
import { knownObjects } from "../models/known-objects.ts";
import { instance, multiple, object, single } from "../node.ts";
import { parsePath } from "../path.ts";
import { bytes, hex, utf8 } from "../testing/bytes.ts";
import { boolean, integer, text } from "../value.ts";
import {
  type CompositeWrite,
  decodeComposite,
  decodeCompositeWrite,
  decodePaths,
  encodeCompositeWrite,
  encodePaths,
  nodesAt,
} from "./composite.ts";
import { formatLimits } from "./format-limits.ts";
import { encodeTimestamped } from "./series.ts";

const models = knownObjects();
const context = { modelOf: (id: number) => models.find(id), nowSeconds: 1_700_000_000 };
const { senmlJson, senmlCbor, senmlEtchJson, senmlEtchCbor, lwm2mCbor, json, cbor, tlv } = contentFormat;
const battery = parsePath("/3/0/9");

test.each([senmlJson, senmlCbor, senmlEtchJson, senmlEtchCbor])("a list of paths in format %i, both ways", (format) => {
  const paths = ["/3", "/1/0", "/3/0/9", "/3/0/11/0"].map(parsePath);
  expect(decodePaths(encodePaths(paths, format), format, context)).toEqual(paths);
  expect(decodePaths(encodePaths(["/"], format), format, context)).toEqual(["/"]);
  const reading = { ...context, rootPath: ["lwm2m"] };
  expect(decodePaths(encodePaths([battery, "/"], format, reading), format, reading)).toEqual([battery, "/"]);
});

test("paths are written as full names", () => {
  expect(new TextDecoder().decode(encodePaths([parsePath("/3/0"), battery], senmlEtchJson))).toBe(
    '[{"n":"/3/0"},{"n":"/3/0/9"}]',
  );
  expect(hex(encodePaths([battery], senmlEtchCbor))).toBe("81 A1 00 66 2F 33 2F 30 2F 39");
});

/** RFC 8790 §3.1. */
test("a list of paths may use base names, times and units, and nothing else", () => {
  const read = (document: string) => decodePaths(utf8(document), senmlEtchJson, context);
  expect(read('[{"bn":"/3/0/","n":"9","u":"%","t":1},{"n":"13"},{"bn":"/1"}]')).toEqual([
    battery,
    parsePath("/3/0/13"),
    parsePath("/1"),
  ]);
  for (const document of [
    '[{"n":"/3/0/9","v":1}]',
    '[{"n":"/3/0/9","v":null}]',
    '[{"n":"/3/0/9","bver":5}]',
    '[{"u":"%"}]',
    '[{"bn":"/3"},{"t":1}]',
    '[{"n":""}]',
    "{}",
  ]) {
    expect(() => read(document)).toThrow(MalformedInput);
  }
});

test("a list of paths is no longer than the limit, and only SenML has one", () => {
  const many = `[${new Array(formatLimits.pathsMax + 1).fill('{"n":"/3"}').join(",")}]`;
  expect(() => decodePaths(utf8(many), senmlJson, context)).toThrow("more than 1000 paths");
  expect(() => decodePaths(utf8("{}"), json, context)).toThrow(MalformedInput);
  expect(() => encodePaths([battery], lwm2mCbor)).toThrow(RangeError);
});

test.each([senmlJson, senmlCbor, lwm2mCbor])(
  "an answer in format %i is told apart by the paths asked for; what is missing is missing",
  (format) => {
    const answer = encodeTimestamped(
      [
        { path: battery, value: integer(7) },
        { path: parsePath("/3/0/6/1"), value: integer(5) },
        { path: parsePath("/1/0/2"), value: integer(60) },
        { path: parsePath("/1/1/2"), value: integer(61) },
      ],
      format,
    );
    const asked = ["/3/0/9", "/3/0/6", "/3/0/6/1", "/1", "/1/1", "/5/0/3"].map(parsePath);
    expect(decodeComposite(answer, format, asked, context)).toEqual(
      new Map<string, unknown>([
        ["/3/0/9", single(9, integer(7))],
        ["/3/0/6", multiple(6, new Map([[1, integer(5)]]))],
        ["/3/0/6/1", { kind: "resource-instance", resourceInstance: 1, value: integer(5) }],
        ["/1", object(1, [instance(0, [single(2, integer(60))]), instance(1, [single(2, integer(61))])])],
        ["/1/1", instance(1, [single(2, integer(61))])],
      ]),
    );
  },
);

test("everything that a device has comes as its objects", () => {
  const answer = utf8('[{"n":"/3/0/0","vs":"A"},{"n":"/1/0/6","vb":true}]');
  expect(decodeComposite(answer, senmlJson, ["/"], context)).toEqual(
    new Map([
      ["/3", object(3, [instance(0, [single(0, text("A"))])])],
      ["/1", object(1, [instance(0, [single(6, boolean(true))])])],
    ]),
  );
});

test("an answer may be empty, but hold nothing that was not asked for", () => {
  expect(decodeComposite(utf8("[]"), senmlJson, [battery], context).size).toBe(0);
  expect(() => decodeComposite(utf8('[{"n":"/3/0/0","vs":"A"}]'), senmlJson, [battery], context)).toThrow(
    "/3/0/0 was not asked for",
  );
  expect(() => decodeComposite(utf8('{"e":[]}'), json, [battery], context)).toThrow(MalformedInput);
  expect(() => decodeComposite(bytes("01"), cbor, [battery], context)).toThrow(MalformedInput);
  expect(() => decodeComposite(bytes(""), tlv, [battery], context)).toThrow(MalformedInput);
});

test.each([senmlJson, senmlCbor, senmlEtchJson, senmlEtchCbor, lwm2mCbor])(
  "a Write-Composite in format %i, both ways",
  (format) => {
    const writes: CompositeWrite[] = [
      { path: parsePath("/1/0/2"), value: integer(60) },
      { path: parsePath("/3/0/15"), value: text("Europe/Berlin") },
    ];
    expect(decodeCompositeWrite(encodeCompositeWrite(writes, format), format, context)).toEqual(writes);
  },
);

/** RFC 8790 §3.2. */
test.each([
  [senmlEtchJson, hex(utf8('[{"bn":"/","n":"3/0/11/2","v":null},{"n":"1/0/2","v":60}]'))],
  [senmlEtchCbor, "82 A3 21 61 2F 00 68 33 2F 30 2F 31 31 2F 32 02 F6 A2 00 65 31 2F 30 2F 32 02 18 3C"],
])("null in format %i deletes a resource instance", (format, document) => {
  const writes: CompositeWrite[] = [
    { path: parsePath("/3/0/11/2"), value: "delete" },
    { path: parsePath("/1/0/2"), value: integer(60) },
  ];
  expect(hex(encodeCompositeWrite(writes, format))).toBe(document);
  expect(decodeCompositeWrite(bytes(document), format, context)).toEqual(writes);
});

test("a base value adds nothing to a deletion", () => {
  expect(decodeCompositeWrite(utf8('[{"bv":5,"n":"/3/0/11/2","v":null}]'), senmlEtchJson, context)).toEqual([
    { path: parsePath("/3/0/11/2"), value: "delete" },
  ]);
});

test("only a resource instance is deleted, and only by SenML-ETCH", () => {
  expect(() => encodeCompositeWrite([{ path: battery, value: "delete" }], senmlEtchJson)).toThrow(RangeError);
  const deletion: CompositeWrite = { path: parsePath("/3/0/11/2"), value: "delete" };
  for (const format of [senmlJson, senmlCbor, lwm2mCbor]) {
    expect(() => encodeCompositeWrite([deletion], format)).toThrow(RangeError);
  }
  expect(() => decodeCompositeWrite(utf8('[{"n":"/3/0/9","v":null}]'), senmlEtchJson, context)).toThrow(MalformedInput);
  expect(() => decodeCompositeWrite(utf8('[{"n":"/3/0/11/2","v":null}]'), senmlJson, context)).toThrow(MalformedInput);
  expect(() => decodeCompositeWrite(bytes("A1 84 03 00 0B 02 F6"), lwm2mCbor, context)).toThrow(MalformedInput);
  expect(() => decodeCompositeWrite(utf8('[{"n":"/3/0/9"}]'), senmlEtchJson, context)).toThrow(MalformedInput);
});

test("as many values as a document may hold are put at as many places in no time: nobody else is served meanwhile", () => {
  const places = Array.from({ length: formatLimits.recordsMax }, (_, resource) => ({
    object: 9999,
    instance: 0,
    resource,
  }));
  const values = places.map((path) => ({ path, value: integer(1) }));
  const began = performance.now();
  expect(nodesAt(values, places, context, "values").size).toBe(places.length);
  // Each place looked up among all values took seconds.
  expect(performance.now() - began).toBeLessThan(1_000);
});
