import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clientTolerance } from "./client-tolerance.ts";

const packages = join(import.meta.dirname, "..", "..", "..");
const folders = ["lwm2m/src/wrong-devices", "lwm2m/src/bootstrap"];

/** Ids by the file whose tests are named for them: `"T21, T22: …`. */
const named = new Map<string, ReadonlySet<string>>(
  folders.flatMap((folder) =>
    readdirSync(join(packages, folder))
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => [`${folder}/${file}`, idsIn(readFileSync(join(packages, folder, file), "utf8"))] as const),
  ),
);

function idsIn(source: string): Set<string> {
  // A title stands behind `test(`, or behind the table of `test.each(…)`; a test that is skipped proves nothing.
  const titles = source.matchAll(/(?<!\.skip|\.todo)[(]\s*"((?:T?\d+)(?:, T?\d+)*): /g);
  return new Set([...titles].flatMap(([, ids = ""]) => ids.split(", ")));
}

test("every row has a test that is named for it, or one elsewhere that is there", () => {
  const unproven = clientTolerance.flatMap(({ id, proof }) =>
    "file" in proof
      ? readFileSync(join(packages, proof.file), "utf8").includes(`"${proof.title}"`)
        ? []
        : [`${id}: ${proof.file} has no test ${proof.title}`]
      : proof.filter((file) => !named.get(file)?.has(id)).map((file) => `${id} has no test in ${file}`),
  );
  expect(unproven).toEqual([]);
});

test("every test that is named for a row is in the list", () => {
  const listed = new Set(
    clientTolerance.flatMap(({ id, proof }) => ("file" in proof ? [] : proof.map((file) => `${id} ${file}`))),
  );
  const found = [...named].flatMap(([file, ids]) => [...ids].map((id) => `${id} ${file}`));
  expect(found.filter((each) => !listed.has(each))).toEqual([]);
});

test("no id is there twice, and of the mistakes none is missing", () => {
  const ids = clientTolerance.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => /^\d/.test(id))).toEqual(Array.from({ length: 15 }, (_, index) => String(index + 1)));
});
