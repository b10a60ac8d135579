import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultGate, type WavePlan } from "./campaign.ts";
import { problemsOfWaves, splitIntoWaves } from "./wave-split.ts";

const plan = (...percents: number[]): WavePlan[] =>
  percents.map((percent, index) => ({ name: `Wave ${index + 1}`, percent, gate: defaultGate }));
const lights = (count: number) => Array.from({ length: count }, (_, index) => index);

test("five percent, twenty-five, and the rest", () => {
  expect(splitIntoWaves(lights(200), plan(5, 25, 70), 1).map((wave) => wave.length)).toEqual([10, 50, 140]);
});

test("a small town still has a canary", () => {
  expect(splitIntoWaves(lights(3), plan(1, 1, 98), 1).map((wave) => wave.length)).toEqual([1, 1, 1]);
});

test("every light is in exactly one wave, and the same seed deals the same way", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 300 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }),
      fc.nat(),
      (count, percents, seed) => {
        const waves = splitIntoWaves(lights(count), plan(...percents), seed);
        expect(waves.flat().sort((a, b) => a - b)).toEqual(lights(count));
        expect(waves).toEqual(splitIntoWaves(lights(count), plan(...percents), seed));
        if (count >= percents.length) expect(waves.every((wave) => wave.length > 0)).toBe(true);
      },
    ),
  );
});

test("plans that cannot be are refused in words", () => {
  expect(problemsOfWaves([])).toHaveLength(1);
  expect(problemsOfWaves(plan(0, 50))).toHaveLength(1);
  expect(problemsOfWaves(plan(60, 60))).toHaveLength(1);
  expect(problemsOfWaves(plan(10, 90))).toEqual([]);
});
