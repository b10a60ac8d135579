import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { distance, isInside, middle } from "./geometry.ts";
import { drawTown, townAsGeoJson } from "./town.ts";
import { districtAt, districtNames, shoreDistance } from "./town-plan.ts";

const town = drawTown();

test("the map in public/ is the town that the lights stand in", () => {
  const file = join(import.meta.dirname, "..", "..", "..", "public", "town.geojson");
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(townAsGeoJson(drawTown()))));
});

test("the map is small enough to be sent with every page of it", () => {
  expect(JSON.stringify(townAsGeoJson(town)).length).toBeLessThan(300_000);
});

test("side streets have names of their own", () => {
  const names = town.streets.filter(({ kind }) => kind === "side").map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(150);
});

test("no side street runs through water or a park, and none leaves its district", () => {
  for (const { name, line } of town.streets.filter(({ kind }) => kind === "side")) {
    const [first] = line.slice(1, -1);
    for (const point of line.slice(1, -1)) {
      expect(shoreDistance(point), name).toBeGreaterThan(20);
      expect(districtAt(point), name).toBe(first && districtAt(first));
      expect(town.parks.find(({ ring }) => isInside(point, ring))?.name, name).toBeUndefined();
    }
  }
});

test("main roads cross the river on bridges and end at the harbour", () => {
  const main = town.streets.filter(({ kind }) => kind === "main");
  expect(main.map(({ name }) => name)).toEqual(expect.arrayContaining(["Ring Road", "Wall Street", "North Quay"]));
  const harbour = main.filter(({ name }) => name === "Harbour Avenue").flatMap(({ line }) => line);
  expect(Math.min(...harbour.map(shoreDistance))).toBeGreaterThan(0);
});

test("streets end where others begin, within the width of a block", () => {
  const points = town.streets.flatMap(({ line }) => line);
  for (const { name, line } of town.streets.filter(({ kind }) => kind === "side")) {
    const others = points.filter((point) => !line.includes(point));
    const [start] = line;
    const near = Math.min(...others.map((point) => distance(point, start!)));
    expect(near, name).toBeLessThan(400);
  }
});

test("every district is a closed ring that lies around its own points", () => {
  expect(town.districts.map(({ name }) => name)).toEqual(districtNames);
  for (const { name, ring } of town.districts) {
    expect(ring[0], name).toEqual(ring.at(-1));
    const inside = town.streets
      .flatMap(({ kind, line }) => (kind === "side" ? line.slice(1, -1) : []))
      .filter((point) => districtAt(point) === name);
    const contained = inside.filter((point) => isInside(point, ring)).length;
    expect(contained / inside.length, name).toBeGreaterThan(0.97);
  }
});

test("every district and park is named once on the map, within its own bounds", () => {
  const { features } = townAsGeoJson(town) as { features: { properties: { kind: string; name: string } }[] };
  const named = features.flatMap(({ properties: { kind, name } }) => (kind === "place-name" ? [name] : []));
  const areas = [...town.districts, ...town.parks];
  expect(named.sort()).toEqual(areas.map(({ name }) => name).sort());
  for (const { name, ring } of areas) expect(isInside(middle(ring), ring), name).toBe(true);
});
