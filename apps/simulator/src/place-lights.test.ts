import { expect, test } from "vitest";
import { assignFaults } from "./assign-faults.ts";
import { placeLights, placesAsCsv } from "./place-lights.ts";
import { drawTown } from "./town.ts";
import { districtNames } from "./town-plan.ts";

const town = drawTown();

test.each([1, 7, 60, 2_000, 10_000])("each of %i lights has an endpoint, a name and a place of its own", (count) => {
  const lights = placeLights(town, count, { seed: 1 });
  expect(lights).toHaveLength(count);
  expect(new Set(lights.map(({ endpoint }) => endpoint)).size).toBe(count);
  expect(new Set(lights.map(({ name }) => name)).size).toBe(count);
  expect(new Set(lights.map(({ latitude, longitude }) => `${latitude} ${longitude}`)).size).toBe(count);
});

test("the same seed places the same lights", () => {
  expect(placeLights(town, 60, { seed: 3 })).toEqual(placeLights(drawTown(), 60, { seed: 3 }));
  expect(placeLights(town, 60, { seed: 3 })).not.toEqual(placeLights(town, 60, { seed: 4 }));
});

test.each([60, 2_000])(
  "%i lights stand in every district, of both models, both revisions and both versions",
  (count) => {
    const lights = placeLights(town, count, { seed: 1 });
    const kinds = (read: (light: (typeof lights)[number]) => string) => [...new Set(lights.map(read))].sort();
    expect(kinds(({ district }) => district)).toEqual([...districtNames].sort());
    expect(kinds(({ model }) => model)).toEqual(["LC-100", "LC-200"]);
    expect(kinds(({ hardwareRevision }) => hardwareRevision)).toEqual(["A", "B"]);
    expect(kinds(({ firmwareVersion }) => firmwareVersion)).toEqual(["1.4.2", "1.5.0"]);
  },
);

test("a few lights stand in rows: most have a neighbour within 40 metres", () => {
  const lights = placeLights(town, 60, { seed: 1 });
  const metres = (a: (typeof lights)[number], b: (typeof lights)[number]) =>
    Math.hypot((a.latitude - b.latitude) * 111_320, (a.longitude - b.longitude) * 67_700);
  const near = lights.filter((light) => lights.some((other) => other !== light && metres(light, other) < 40));
  expect(near.length).toBeGreaterThan(50);
});

test("feeders and cells are areas: lights of one street are seldom in more than three of them", () => {
  const lights = placeLights(town, 2_000, { seed: 1 });
  expect(new Set(lights.map(({ feeder }) => feeder)).size).toBe(24);
  expect(new Set(lights.map(({ cell }) => cell)).size).toBe(12);
  const streets = Map.groupBy(lights, ({ street }) => street);
  const wide = [...streets.values()].filter((street) => new Set(street.map(({ feeder }) => feeder)).size > 3);
  expect(wide.length / streets.size).toBeLessThan(0.1);
});

test("the table has a row for each light, and nothing in it needs quotes", () => {
  const [head, ...rows] = placesAsCsv(placeLights(town, 60, { seed: 1 }))
    .trimEnd()
    .split("\n");
  expect(head).toBe("endpoint,name,latitude,longitude,street,district,feeder,cell,model");
  expect(rows).toHaveLength(60);
  expect(rows.every((row) => row.split(",").length === 9 && !row.includes('"'))).toBe(true);
});

test("the same seed draws the same faults, and never one for a reference light", () => {
  const wish = { faults: { integrity: 5, "never-returns": 2 }, seed: 4 } as const;
  const faults = assignFaults(100, 10, wish);
  expect(faults).toEqual(assignFaults(100, 10, wish));
  expect(faults.size).toBe(7);
  expect([...faults.keys()].every((light) => light >= 10)).toBe(true);
  expect(() => assignFaults(12, 10, wish)).toThrow(RangeError);
});
