import { describe, expect, test } from "vitest";
import { addWave, changeWave, gateSentence, presetOf, problemsOfWaves, removeWave, wavesOfPreset } from "./wave-plan";

const shares = (waves: readonly { percent: number }[]) => waves.map(({ percent }) => percent);

describe("presets", () => {
  test("each is recognised by its waves, and an edited one is custom", () => {
    expect(presetOf(wavesOfPreset("all-at-once"))).toBe("all-at-once");
    expect(presetOf(wavesOfPreset("canary"))).toBe("canary");
    expect(presetOf(changeWave(wavesOfPreset("canary"), 0, { percent: 6 }))).toBe("custom");
  });

  test("each takes all lights", () => {
    for (const preset of ["all-at-once", "canary"] as const) {
      expect(shares(wavesOfPreset(preset)).reduce((a, b) => a + b)).toBe(100);
      expect(problemsOfWaves(wavesOfPreset(preset))).toEqual([]);
    }
  });
});

describe("editing", () => {
  test("the last wave takes what the others leave", () => {
    expect(shares(changeWave(wavesOfPreset("canary"), 1, { percent: 45 }))).toEqual([5, 45, 50]);
    expect(shares(removeWave(wavesOfPreset("canary"), 0))).toEqual([25, 75]);
    expect(shares(removeWave(wavesOfPreset("canary"), 2))).toEqual([5, 95]);
  });

  test("thirds leave a clean remainder", () => {
    const two = addWave(addWave(wavesOfPreset("all-at-once")));
    expect(shares(changeWave(changeWave(two, 0, { percent: 33.3 }), 1, { percent: 33.3 }))).toEqual([33.3, 33.3, 33.4]);
  });

  test("a new wave goes before the last", () => {
    expect(shares(addWave(wavesOfPreset("all-at-once")))).toEqual([10, 90]);
    expect(addWave(wavesOfPreset("canary")).map(({ name }) => name)).toEqual(["Canary", "Early", "Wave 3", "Rest"]);
  });

  test("the only wave cannot be removed", () => {
    expect(removeWave(wavesOfPreset("all-at-once"), 0)).toHaveLength(1);
  });

  test("a gate is changed without touching the others' gates", () => {
    const [first, second] = changeWave(wavesOfPreset("canary"), 0, { gate: { manual: true } });
    expect(first?.gate.manual).toBe(true);
    expect(second?.gate.manual).toBe(false);
  });
});

describe("problems", () => {
  test("waves that leave nothing for the last are refused where it shows", () => {
    const waves = changeWave(wavesOfPreset("canary"), 1, { percent: 95 });
    expect(problemsOfWaves(waves)).toEqual([
      { index: 2, problem: "The waves before it take all lights: lower one of them." },
    ]);
  });

  test("an emptied number field is a problem and not a NaN on the wire", () => {
    const waves = changeWave(wavesOfPreset("canary"), 0, { percent: Number.NaN });
    expect(problemsOfWaves(waves)).toEqual([{ index: 0, problem: "A share must be more than 0 and less than 100 %." }]);
    expect(shares(waves).at(-1)).toBe(75);
  });

  test("a gate beyond 100 % and a wave without a name are named", () => {
    const waves = changeWave(wavesOfPreset("all-at-once"), 0, {
      name: " ",
      gate: { failedPercentMax: 101, lostMax: 1.5 },
    });
    expect(problemsOfWaves(waves)).toHaveLength(3);
  });
});

test("a gate is said in a sentence", () => {
  const { gate } = wavesOfPreset("all-at-once")[0]!;
  expect(gateSentence(gate, false)).toBe(
    "The next wave begins by itself with at least 90 % succeeded, at most 5 % failed and at most 2 lost.",
  );
  expect(gateSentence({ ...gate, manual: true }, false)).toContain("a person must promote it");
});
