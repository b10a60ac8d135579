import { expect, test } from "vitest";
import { otherModels, stackVersions } from "./stack-versions";

const limits = { modelsMax: 2, rowsMax: 2 };

test("versions stand in the order of their lights, stacked by model", () => {
  const { models, rows } = stackVersions(
    [
      { version: "1.0.0", model: "A", lights: 1 },
      { version: "2.0.0", model: "A", lights: 5 },
      { version: "2.0.0", model: "B", lights: 3 },
    ],
    limits,
  );
  expect(models).toEqual(["A", "B"]);
  expect(rows).toEqual([
    { version: "2.0.0", lights: [5, 3], total: 8 },
    { version: "1.0.0", lights: [1, 0], total: 1 },
  ]);
});

test("models beyond the limit share one layer, so that no light is left out", () => {
  const { models, rows } = stackVersions(
    [
      { version: "1", model: "A", lights: 5 },
      { version: "1", model: "B", lights: 2 },
      { version: "1", model: "C", lights: 1 },
    ],
    limits,
  );
  expect(models).toEqual(["A", otherModels]);
  expect(rows[0]).toEqual({ version: "1", lights: [5, 3], total: 8 });
});

test("rows beyond the limit are counted, not forgotten", () => {
  const counts = ["1", "2", "3"].map((version) => ({ version, model: "A", lights: 1 }));
  const { rows, hiddenRows } = stackVersions(counts, limits);
  expect(rows).toHaveLength(2);
  expect(hiddenRows).toBe(1);
});
