import { expect, test } from "vitest";
import { parsePaths, parseWrites } from "./composite-text";

test("paths may stand apart by spaces, commas and lines", () => {
  expect(parsePaths(" /3/0/3, /4/0\n/3416 ")).toEqual({ kind: "ok", paths: ["/3/0/3", "/4/0", "/3416"] });
});

test("what is no path, stands there twice or is missing is named", () => {
  expect(parsePaths("")).toMatchObject({ problem: "Write at least one path, such as /3/0/3." });
  expect(parsePaths("/3/0 3/0/1")).toMatchObject({ problem: "“3/0/1” is no path. One looks like /3, /3/0 or /3/0/3." });
  expect(parsePaths("/3/0 /3/0")).toMatchObject({ problem: "/3/0 stands there twice." });
  const many = Array.from({ length: 65 }, (_, index) => `/3/${index}`).join(" ");
  expect(parsePaths(many)).toMatchObject({ problem: "64 paths at most, not 65." });
});

test("a value to be written has the type that its resource is known to have", () => {
  const typeAt = (path: string) => (path === "/3/0/14" ? "string" : path === "/3416/0/1" ? "integer" : undefined);
  expect(parseWrites("/3/0/14 = 12\n/3416/0/1=40\n/33000/0/0 = 21.5\n/33000/0/1 = a = b", typeAt)).toEqual({
    kind: "ok",
    writes: [
      { path: "/3/0/14", value: { type: "string", value: "12" } },
      { path: "/3416/0/1", value: { type: "integer", value: "40" } },
      { path: "/33000/0/0", value: { type: "float", value: 21.5 } },
      { path: "/33000/0/1", value: { type: "string", value: "a = b" } },
    ],
  });
});

test("a line that cannot be written is named with its number", () => {
  const typeAt = () => "integer" as const;
  const problem = (text: string) => parseWrites(text, typeAt);
  expect(problem(" \n")).toMatchObject({ problem: "Write at least one line, such as /3/0/14 = +01:00." });
  expect(problem("/3416/0/1 = 40\n/3416/0/2")).toMatchObject({
    problem: expect.stringMatching(/^Line 2: write a path,/),
  });
  expect(problem("/3416/0 = 40")).toMatchObject({
    problem: "Line 1: “/3416/0” is no resource. One looks like /3/0/14.",
  });
  expect(problem("/3416/0/1 = warm")).toMatchObject({ problem: "Line 1: Write a whole number, such as 42 or -7." });
  expect(problem("/3/0/1 = 1\n/3/0/1 = 2")).toMatchObject({ problem: "Line 2: /3/0/1 stands there twice." });
});
