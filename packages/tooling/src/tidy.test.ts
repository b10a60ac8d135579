import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..");
/** Data rather than code: object definitions are tables, and tables may be long. */
const isData = (path: string) => /packages\/lwm2m\/src\/models\//.test(path);
const linesMax = 700;

const files = ["apps", "packages"]
  .flatMap((folder) => list(join(root, folder)))
  .map((path) => ({
    path: relative(root, path),
    lines: readFileSync(path, "utf8").split("\n"),
  }));

test("files are named kebab-case", () => {
  const odd = files.filter(({ path }) => !/^[a-z0-9[\]().-]+$/.test(path.split("/").pop() ?? ""));
  expect(odd.map(({ path }) => path)).toEqual([]);
});

test(`no file of code is longer than ${linesMax} lines`, () => {
  const long = files.filter(({ path, lines }) => lines.length > linesMax && !isData(path));
  expect(long.map(({ path, lines }) => `${path}: ${lines.length}`)).toEqual([]);
});

test("every package says what it is in a README", () => {
  const folders = ["apps", "packages"].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name)),
  );
  const silent = folders.filter((folder) => !readdirSync(join(root, folder)).includes("README.md"));
  expect(silent).toEqual([]);
});

test("time and chance come from outside: no library reads the host's clock, timers or dice", () => {
  const libraries = /^packages\/(coap|lwm2m|device|campaigns)\/src\//;
  const banned = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\bperformance\.now\(/;
  expect(
    matches(({ path }) => libraries.test(path) && !/\.test\.ts$|reference-light|\/bench\//.test(path), banned),
  ).toEqual([]);
});

test("no test sleeps", () => {
  const sleep = /setTimeout\(\s*(resolve|done|r)\s*,|waitForTimeout\(|\bsleep\(/;
  expect(matches(({ path }) => /\.(test|spec|contract)\.tsx?$/.test(path), sleep)).toEqual([]);
});

test("no test is skipped or runs alone", () => {
  const skipped = /\b(test|it|describe)\.(skip|only|todo|fixme)\(/;
  expect(matches(({ path }) => /\.(test|spec|contract)\.tsx?$/.test(path), skipped)).toEqual([]);
});

test("nothing evaluates text as code", () => {
  expect(matches(() => true, /\beval\(|new Function\(|dangerouslySetInnerHTML/)).toEqual([]);
});

function matches(chosen: (file: { path: string }) => boolean, pattern: RegExp): string[] {
  return files
    .filter((file) => chosen(file) && !file.path.endsWith("tidy.test.ts"))
    .flatMap(({ path, lines }) =>
      lines.flatMap((line, index) =>
        pattern.test(line) && !/^\s*(\*|\/\/)/.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
      ),
    );
}

function list(folder: string): string[] {
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    if (["node_modules", ".next", "generated", "public", "test-results", "playwright-report"].includes(entry))
      return [];
    if (statSync(path).isDirectory()) return list(path);
    return /\.(tsx?|mjs)$/.test(entry) && entry !== "next-env.d.ts" ? [path] : [];
  });
}
