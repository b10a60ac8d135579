import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { placeLights } from "./place-lights.ts";
import { RememberedVersions } from "./remembered-versions.ts";
import { drawTown } from "./town.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lamplighter-versions-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const identities = placeLights(drawTown(), 3, { seed: 1 });
const [first, second, third] = identities.map(({ endpoint }) => endpoint);

test("a light runs what it ran when the simulator ended; one that is new is as it was drawn", () => {
  const file = join(folder, "lights.json");
  const before = new RememberedVersions(file);
  expect(before.recall(identities)).toEqual(identities);
  before.keep([
    { endpoint: first ?? "", firmwareVersion: "9.0.0", software: [] },
    { endpoint: second ?? "", firmwareVersion: "9.1.0", software: [] },
  ]);
  const versions = new RememberedVersions(file).recall(identities).map(({ firmwareVersion }) => firmwareVersion);
  expect(versions).toEqual(["9.0.0", "9.1.0", identities[2]?.firmwareVersion]);
  expect(third).toBeDefined();
});

test("the software of a light's parts is remembered with it", () => {
  const file = join(folder, "lights.json");
  const software = [{ name: "Luminaire driver", version: "2.0.0", isActive: false }];
  const before = new RememberedVersions(file);
  expect(before.softwareOf(first ?? "")).toBeUndefined();
  before.keep([{ endpoint: first ?? "", firmwareVersion: "9.0.0", software }]);
  const after = new RememberedVersions(file);
  expect(after.softwareOf(first ?? "")).toEqual(software);
  expect(after.recall(identities)[0]?.firmwareVersion).toBe("9.0.0");
});

test.each(["", "{", "[]", "null", '{"a":1}', '{"a":{"firmware":"1","software":[7]}}'])(
  "a file that holds %j remembers nothing and is written anew",
  (text) => {
    const file = join(folder, "lights.json");
    writeFileSync(file, text);
    const versions = new RememberedVersions(file);
    expect(versions.recall(identities)).toEqual(identities);
    versions.keep([{ endpoint: first ?? "", firmwareVersion: "9.0.0", software: [] }]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ [first ?? ""]: "9.0.0" });
  },
);
