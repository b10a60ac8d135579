import { expect, test } from "vitest";
import { MalformedInput } from "../malformed-input.ts";
import { utf8 } from "../testing/bytes.ts";
import { fc } from "../testing/properties.ts";
import { parseExactJson } from "./exact-json.ts";
import { formatLimits } from "./format-limits.ts";

const parse = (text: string) => parseExactJson(utf8(text), "JSON");

test.each<[string, bigint]>([
  ["0", 0n],
  ["9007199254740993", 9_007_199_254_740_993n],
  ["18446744073709551615", 18_446_744_073_709_551_615n],
  ["-9223372036854775808", -9_223_372_036_854_775_808n],
])("the integer %s keeps every digit", (text, value) => {
  expect(parse(text)).toEqual({ kind: "integer", value });
});

test.each<[string, number, bigint | undefined]>([
  ["1.8446744073709551615e19", 2 ** 64, 18_446_744_073_709_551_615n],
  ["4.0", 4, 4n],
  ["1200e-2", 12, 12n],
  ["0.10", 0.1, undefined],
  ["1e-3", 0.001, undefined],
  ["100e-3", 0.1, undefined],
  ["0e5", 0, 0n],
  ["5e-324", 5e-324, undefined],
])("the number %s is a float, and whole if it is", (text, value, whole) => {
  expect(parse(text)).toEqual({ kind: "float", value, ...(whole !== undefined && { whole }) });
});

test("minus zero stays minus zero", () => {
  expect(parse("-0")).toEqual({ kind: "float", value: -0, whole: 0n });
});

test("texts, escapes and white space are those of JSON", () => {
  expect(parse(' [ "\\u00e9\\ud83d\\ude00\\n\\/" ,\ttrue,\r\nfalse, null ] ')).toEqual({
    kind: "array",
    items: [
      { kind: "text", value: "é😀\n/" },
      { kind: "boolean", value: true },
      { kind: "boolean", value: false },
      { kind: "null" },
    ],
  });
});

test("keys that mean something to JavaScript are keys like others", () => {
  const item = parse('{"__proto__":{"polluted":1},"constructor":2}');
  expect(item.kind === "object" && [...item.members.keys()]).toEqual(["__proto__", "constructor"]);
  expect("polluted" in {}).toBe(false);
});

test.each([
  "",
  " ",
  "[",
  "[1,]",
  "[1 2]",
  "{,}",
  '{"a"}',
  '{"a":1,}',
  '{"a":1,"a":2}',
  "{a:1}",
  "'a'",
  '"a',
  '"a\nb"',
  '"\\x"',
  '"\\u12g4"',
  '"\\ud800"',
  '"\\constructor"',
  "01",
  "+1",
  "1.",
  ".5",
  "1e",
  "0x10",
  "--1",
  "1e400",
  "-1e999",
  "1e99999",
  "NaN",
  "Infinity",
  "tru",
  "nul",
  "1 1",
  "\uFEFF1",
  "[]]",
  "9".repeat(formatLimits.numberCharactersMax + 1),
])("%j is refused", (text) => {
  expect(() => parse(text)).toThrow(MalformedInput);
});

test("bytes that are not UTF-8 are refused", () => {
  expect(() => parseExactJson(Uint8Array.of(0x22, 0xc3, 0x28, 0x22), "JSON")).toThrow(MalformedInput);
});

test("a document nests no deeper than the limit, however deep it is", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  expect(parse(nested(formatLimits.nestingMax + 1)).kind).toBe("array");
  expect(() => parse(nested(formatLimits.nestingMax + 2))).toThrow(/deeper/);
  expect(() => parse("[".repeat(1_000_000))).toThrow(/deeper/);
  expect(() => parse('{"a":'.repeat(100_000))).toThrow(/deeper/);
});

test("an error says at which character it is", () => {
  expect(() => parse('[1, "a", x]')).toThrow("malformed JSON at 9: a value is missing");
});

test("what JSON.parse reads, this reads to the same", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      expect(plain(parse(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

function plain(item: ReturnType<typeof parse>): unknown {
  switch (item.kind) {
    case "null":
      return null;
    case "integer":
      return Number(item.value);
    case "array":
      return item.items.map(plain);
    case "object":
      return JSON.parse(`{${[...item.members].map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(plain(v))}`)}}`);
    default:
      return item.value;
  }
}
