import { contentFormat } from "@lamplighter/coap/content-format";
import { expect, test } from "vitest";
import { MalformedInput } from "../malformed-input.ts";
import { instance, single } from "../node.ts";
import { parsePath } from "../path.ts";
import { bytes, utf8 } from "../testing/bytes.ts";
import { typedContext as context } from "../testing/typed-object.ts";
import { boolean, float, integer, opaque, text } from "../value.ts";
import { legacyJson } from "./content-formats.ts";
import { decodeNode, encodeNode } from "./node-codec.ts";
import { decodeTimestamped } from "./series.ts";

const { json } = contentFormat;
const read = (document: string, path: string) => decodeNode(utf8(document), json, parsePath(path), context);

const whole = instance(0, [
  single(0, text("a")),
  single(1, integer(-(2n ** 63n))),
  single(4, boolean(true)),
  single(5, opaque(bytes("FBFF"))),
  single(7, { type: "objlnk", value: { object: 3, instance: 0 } }),
]);
const entries =
  '[{"n":"0","sv":"a"},{"n":"1","v":-9223372036854775808},{"n":"4","bv":true},{"n":"5","sv":"+/8="},{"n":"7","ov":"3:0"}]';

test.each([
  ["with a base name", `{"bn":"/30000/0/","e":${entries}}`],
  ["without one, from the path asked for", `{"e":${entries}}`],
  ["with keys that we do not know", `{"bn":"/30000/0/","e":${entries},"more":[{}]}`],
])("an instance is read %s", (_, document) => {
  expect(read(document, "/30000/0")).toEqual(whole);
});

test.each([
  ["its whole path as the base name", '{"bn":"/30000/0/0","e":[{"sv":"a"}]}'],
  ["a slash after it", '{"bn":"/30000/0/0/","e":[{"n":"","sv":"a"}]}'],
  ["no base name", '{"e":[{"n":"","sv":"a"}]}'],
  ["a full name", '{"bn":"","e":[{"n":"/30000/0/0","sv":"a"}]}'],
])("one resource is read with %s", (_, document) => {
  expect(read(document, "/30000/0/0")).toEqual(single(0, text("a")));
});

test("an older number for the format is read too", () => {
  expect(decodeNode(utf8('{"e":[{"sv":"a"}]}'), legacyJson, parsePath("/30000/0/0"), context)).toEqual(
    single(0, text("a")),
  );
});

test("a history counts back from its base time, or from now", () => {
  const history = (start: string) => `{"bn":"/30000/0/3",${start}"e":[{"v":22.9,"t":-5},{"v":22.4}]}`;
  const times = (document: string) =>
    decodeTimestamped(utf8(document), json, undefined, context).map(({ time, value }) => [time, value]);
  expect(times(history('"bt":1600000000.5,'))).toEqual([
    [1_599_999_995.5, float(22.9)],
    [1_600_000_000.5, float(22.4)],
  ]);
  expect(times(history(""))).toEqual([
    [context.nowSeconds - 5, float(22.9)],
    [undefined, float(22.4)],
  ]);
});

test("an instance is written with names from the root", () => {
  expect(new TextDecoder().decode(encodeNode(whole, json, parsePath("/30000/0")))).toBe(
    '{"bn":"/","e":[{"n":"30000/0/0","sv":"a"},{"n":"30000/0/1","v":-9223372036854775808},' +
      '{"n":"30000/0/4","bv":true},{"n":"30000/0/5","sv":"+/8="},{"n":"30000/0/7","ov":"3:0"}]}',
  );
});

test("more entries than the limit are refused", () => {
  expect(() => read(`{"e":[${new Array(10_001).fill("{}").join(",")}]}`, "/30000/0")).toThrow(
    "more than 10000 entries",
  );
});

test.each([
  ["an array", "[]"],
  ["no entries", '{"bn":"/30000/0/"}'],
  ["entries that are none", '{"e":{}}'],
  ["an entry that is no object", '{"e":[1]}'],
  ["an entry without a value", '{"e":[{"n":"0"}]}'],
  ["an entry with two values", '{"e":[{"n":"1","v":1,"sv":"a"}]}'],
  ["a base name that is no text", '{"bn":1,"e":[]}'],
  ["a base time that is no number", '{"bt":"1","e":[]}'],
  ["a time that is no number", '{"e":[{"n":"0","sv":"a","t":[]}]}'],
  ["a number under sv", '{"e":[{"n":"0","sv":1}]}'],
  ["text under v", '{"e":[{"n":"1","v":"1"}]}'],
  ["text under bv", '{"e":[{"n":"4","bv":"true"}]}'],
  ["a link that is none", '{"e":[{"n":"7","ov":"3"}]}'],
  ["bytes that are not base64", '{"e":[{"n":"5","sv":"*"}]}'],
  ["a key twice", '{"e":[{"n":"0","sv":"a","sv":"a"}]}'],
  ["a resource twice", '{"e":[{"n":"0","sv":"a"},{"n":"0","sv":"a"}]}'],
  ["a resource of another object", '{"bn":"/3/0/","e":[{"n":"0","sv":"a"}]}'],
  ["a value at the instance", '{"e":[{"sv":"a"}]}'],
  ["a name that is no path", '{"e":[{"n":"a","sv":"a"}]}'],
])("%s is refused", (_, document) => {
  expect(() => read(document, "/30000/0")).toThrow(MalformedInput);
});
