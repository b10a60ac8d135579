import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { assignFaults } from "./assign-faults.ts";
import { drawTown, placeLights, townAsGeoJson } from "./town.ts";

test("the map in public/ is the town that the lights stand in", () => {
  const file = join(import.meta.dirname, "..", "..", "..", "public", "town.geojson");
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(townAsGeoJson(drawTown()))));
});

test("every light has an endpoint and a place of its own", () => {
  for (const count of [1, 60, 2_000, 10_000]) {
    const lights = placeLights(drawTown(), count, 1);
    expect(lights).toHaveLength(count);
    expect(new Set(lights.map(({ endpoint }) => endpoint)).size).toBe(count);
    expect(new Set(lights.map(({ latitude, longitude }) => `${latitude} ${longitude}`)).size).toBe(count);
  }
});

test("a small town has lights in every district", () => {
  const districts = new Set(placeLights(drawTown(), 60, 1).map(({ district }) => district));
  expect(districts.size).toBe(6);
});

test("the same seed draws the same faults, and never one for a reference light", () => {
  const wish = { faults: { integrity: 5, "never-returns": 2 }, seed: 4 } as const;
  const faults = assignFaults(100, 10, wish);
  expect(faults).toEqual(assignFaults(100, 10, wish));
  expect(faults.size).toBe(7);
  expect([...faults.keys()].every((light) => light >= 10)).toBe(true);
  expect(() => assignFaults(12, 10, wish)).toThrow(RangeError);
});
