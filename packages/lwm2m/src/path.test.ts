import { expect, test } from "vitest";
import { formatPath, levelOf, parsePath, pathSegments } from "./path.ts";
import { fc } from "./testing/properties.ts";

test.each(["/3", "/5/0", "/5/0/1", "/4/0/6/65535", "/65535", "/3/65534"])("%s survives a round trip", (text) => {
  expect(formatPath(parsePath(text))).toBe(text);
  expect(pathSegments(parsePath(text))).toEqual(text.slice(1).split("/"));
});

test.each([
  "",
  "/",
  "3/0",
  "/3//1",
  "/03",
  "/0x5",
  "/3e1",
  "/3/65535",
  "/65536",
  "/99999",
  "/1/2/3/4/5",
  "/ 3",
  "/-1",
  "/3/",
  "/١",
])("%j is refused as a path", (text) => {
  expect(() => parsePath(text)).toThrow(expect.objectContaining({ name: "MalformedInput" }));
});

test("a path knows how deep it goes", () => {
  expect(["/3", "/3/0", "/3/0/9", "/3/0/7/1"].map((text) => levelOf(parsePath(text)))).toEqual([
    "object",
    "instance",
    "resource",
    "resource-instance",
  ]);
});

test("any text is either refused as malformed or read as a path that writes itself back", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), (text) => {
      try {
        expect(formatPath(parsePath(text))).toBe(text);
      } catch (error) {
        expect((error as Error).name).toBe("MalformedInput");
      }
    }),
  );
});
