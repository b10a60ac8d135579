import { expect, test } from "vitest";
import { objectTree } from "./object-tree.ts";

const at = (path: string) =>
  ({ path, value: { type: "string", value: "x" }, source: "read", at: "2026-01-01T00:00:00Z" }) as const;

test("a resource says with which others it is observed, so that all of them can be ended", () => {
  const [device] = objectTree({
    objects: [{ object: 3, instances: [0] }],
    modelOf: () => undefined,
    observed: ["/3/0/9?pmin=10", "/3/0/1 /4/0", "/30"],
    readings: ["/3/0/0", "/3/0/1", "/3/0/9"].map(at),
  });
  expect(device?.instances[0]?.resources.map(({ observed, observedBy }) => [observed, observedBy])).toEqual([
    [false, null],
    [true, "/3/0/1 /4/0"],
    [true, "/3/0/9"],
  ]);
});
