import { expect, test } from "vitest";
import { type FuzzTarget, measure } from "../fuzz/measure.ts";
import { fuzzTargets } from "../fuzz/targets.ts";

const targets = await fuzzTargets();

test.each(targets.map((target) => [target.fuzz, target] as const))(
  "%s: what is changed or made up does no harm",
  async (_, target) => {
    const { throwsPastEdge, heapGrowthMiB, goal, first } = await measure(target, { count: 10_000, seed: 7 });
    expect({ throwsPastEdge, first }).toEqual({ throwsPastEdge: goal.throwsPastEdge, first: undefined });
    expect(heapGrowthMiB).toBeLessThanOrEqual(goal.heapGrowthMiB);
  },
);

test("an edge that throws something else is found, with the input that did it", async () => {
  const target: FuzzTarget = {
    fuzz: "broken",
    corpus: [Uint8Array.of(1, 2, 3)],
    take(input) {
      if (input[0] === 255) throw new RangeError("past the edge");
    },
  };
  const { throwsPastEdge, met, first } = await measure(target, { count: 2_000, seed: 7 });
  expect(throwsPastEdge).toBeGreaterThan(0);
  expect(met).toBe(false);
  expect(first).toMatchObject({ input: expect.stringMatching(/^ff/), error: expect.stringContaining("past the edge") });
});
