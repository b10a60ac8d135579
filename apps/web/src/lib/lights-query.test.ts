import type { DeviceQuery } from "@lamplighter/campaigns/device-query";
import { expect, test } from "vitest";
import {
  describeQuery,
  isNarrowed,
  lightsWhere,
  readLightsQuery,
  valuesOf,
  withValues,
  writeLightsQuery,
} from "./lights-query";

test("a query survives its way through the address bar, whatever a street is called", () => {
  const query: DeviceQuery = {
    text: "elm & oak",
    groupId: "g1",
    where: [
      { field: "presence", operator: "is", values: ["offline", "never"] },
      { field: "street", operator: "is", values: ["A,B", "Straße=1&2", ""] },
      { field: "street", operator: "is-not", values: ["C"] },
    ],
  };
  expect(readLightsQuery(new URLSearchParams(writeLightsQuery(query)))).toEqual(query);
});

test("an empty query leaves the address bare", () => {
  expect(writeLightsQuery({})).toBe("");
  expect(isNarrowed({})).toBe(false);
});

test("unknown parameters are left aside", () => {
  expect(readLightsQuery(new URLSearchParams("colour=update&light=7"))).toEqual({});
});

test("changing one field's values leaves the others and what is not wanted", () => {
  const query: DeviceQuery = {
    where: [
      { field: "model", operator: "is", values: ["A"] },
      { field: "model", operator: "is-not", values: ["B"] },
    ],
  };
  const changed = withValues(query, "model", ["C"]);
  expect(valuesOf(changed, "model")).toEqual(["C"]);
  expect(changed.where).toContainEqual({ field: "model", operator: "is-not", values: ["B"] });
  expect(withValues({ where: [{ field: "model", operator: "is", values: ["A"] }] }, "model", [])).toEqual({});
});

test("a query can be said in words", () => {
  expect(describeQuery({ where: [{ field: "feeder", operator: "is", values: ["F1", ""] }] })).toBe(
    "Feeder is F1 or not set",
  );
});

test("values are said as people say them", () => {
  expect(describeQuery(lightsWhere("lamp", "failed", "ok"))).toBe("Lamp is Failed or Working");
  expect(describeQuery(lightsWhere("presence", "never"))).toBe("Presence is Never seen");
});
