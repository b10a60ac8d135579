import { expect, test } from "vitest";
import { type CoreLink, formatLinks, linkAttributesMax, linksMax, parseLinks } from "./link-format.ts";
import { fc } from "./testing/properties.ts";

test("reads the object list of a registration (OMA TS Core 1.1 §6.2.1)", () => {
  expect(parseLinks('</>;rt="oma.lwm2m";ct=110,</1/0>,</3>;ver=1.1,</3/0>')).toEqual([
    { target: "/", attributes: { rt: "oma.lwm2m", ct: "110" } },
    { target: "/1/0", attributes: {} },
    { target: "/3", attributes: { ver: "1.1" } },
    { target: "/3/0", attributes: {} },
  ]);
});

test.each([
  ["white space around links and parameters", " </1/0> , </3/0> ; ver = 1", undefined],
  ["white space after a comma", "</1/0>, </3/0>", ["/1/0", "/3/0"]],
  ["a comma at the end", "</1/0>,", ["/1/0"]],
  ["a comma and a semicolon inside quotes", '</1/0>;title="a,b;c",</2>', ["/1/0", "/2"]],
  ["an escaped quote", '</1/0>;title="a\\"b",</2>', ["/1/0", "/2"]],
  ["a target with empty ends", "<>,</3/0/>", ["", "/3/0/"]],
  ["nothing at all", "", []],
])("%s", (_, document, targets) => {
  if (targets) expect(parseLinks(document).map(({ target }) => target)).toEqual(targets);
  else expect(() => parseLinks(document)).toThrow(expect.objectContaining({ name: "MalformedInput" }));
});

test("a parameter without a value is true, and a repeated one keeps its first value", () => {
  expect(parseLinks("</3/0>;obs;ver=1.1;ver=9.9")[0]?.attributes).toEqual({ obs: true, ver: "1.1" });
});

test.each([
  ["</1/0", 1],
  ["/1/0", 0],
  ["</1/0></3/0>", 6],
  ["</1/0>;", 7],
  ["</1/0>;=3", 7],
  ['</1/0>;a="b', 11],
  ['</1/0>;a="b\\', 11],
  [",", 0],
  ["</1/0>,,</3>", 7],
])("%j is refused with the place at which it goes wrong", (document, offset) => {
  expect(() => parseLinks(document)).toThrow(expect.objectContaining({ name: "MalformedInput", offset }));
});

test("too many links, or parameters on one, are refused", () => {
  expect(parseLinks(Array(linksMax).fill("<>").join())).toHaveLength(linksMax);
  expect(() =>
    parseLinks(
      Array(linksMax + 1)
        .fill("<>")
        .join(),
    ),
  ).toThrow(/more than/);
  const parameters = Array.from({ length: linkAttributesMax + 1 }, (_, index) => `;a${index}`).join("");
  expect(() => parseLinks(`<>${parameters}`)).toThrow(/more than/);
});

test("a name from the language's own objects is a parameter like any other", () => {
  const [link] = parseLinks('</1>;__proto__="x";constructor=y');
  expect(Object.keys(link?.attributes ?? {})).toEqual(["__proto__", "constructor"]);
  expect(Object.prototype).not.toHaveProperty("x");
});

const attribute = fc.tuple(fc.stringMatching(/^[a-z]{1,6}$/), fc.oneof(fc.constant(true as const), fc.string()));
const links = fc.array(
  fc.record({
    target: fc.stringMatching(/^[^>]*$/),
    attributes: fc.array(attribute, { maxLength: 4 }).map(Object.fromEntries),
  }),
  { maxLength: 8 },
);

test("what is written is read back", () => {
  fc.assert(
    fc.property(links, (document) => {
      expect(parseLinks(formatLinks(document as CoreLink[]))).toEqual(document);
    }),
  );
});

test("any text is either read or refused as malformed", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'<>;,="\\ /a1') }), (document) => {
      try {
        parseLinks(document);
      } catch (error) {
        expect((error as Error).name).toBe("MalformedInput");
      }
    }),
    { numRuns: 2_000 },
  );
});
