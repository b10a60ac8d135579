import { defaultGate, type WaveGate, type WavePlan } from "@lamplighter/campaigns/campaign";

/** Ready-made ways to roll out. `custom` is whatever matches none of the others. */
export type WavePreset = "all-at-once" | "canary" | "custom";

/** More waves than this the server refuses. */
export const wavesMax = 50;

/** The waves a preset stands for. */
export function wavesOfPreset(preset: Exclude<WavePreset, "custom">): readonly WavePlan[] {
  if (preset === "all-at-once") return [wave("All lights", 100)];
  return [wave("Canary", 5), wave("Early", 25), wave("Rest", 70)];
}

/** Which preset these waves are, so that the choice survives a reload without being stored twice. */
export function presetOf(waves: readonly WavePlan[]): WavePreset {
  const same = (preset: "all-at-once" | "canary") => JSON.stringify(wavesOfPreset(preset)) === JSON.stringify(waves);
  if (same("all-at-once")) return "all-at-once";
  return same("canary") ? "canary" : "custom";
}

/** Adds a wave before the last one, which goes on taking the remainder. */
export function addWave(waves: readonly WavePlan[]): readonly WavePlan[] {
  if (waves.length >= wavesMax) return waves;
  const last = waves.at(-1);
  if (!last) return wavesOfPreset("all-at-once");
  const share = Math.min(10, Math.floor(last.percent / 2));
  return withRemainder([...waves.slice(0, -1), wave(`Wave ${waves.length}`, share), last]);
}

/** Takes a wave out; its share falls to the last. The only wave stays. */
export function removeWave(waves: readonly WavePlan[], index: number): readonly WavePlan[] {
  return waves.length <= 1 ? waves : withRemainder(waves.filter((_, at) => at !== index));
}

/** Changes one wave. The last wave's share is not for typing: it is what the others leave. */
export function changeWave(
  waves: readonly WavePlan[],
  index: number,
  change: { readonly name?: string; readonly percent?: number; readonly gate?: Partial<WaveGate> },
): readonly WavePlan[] {
  return withRemainder(
    waves.map((before, at) => {
      if (at !== index) return before;
      const { gate, ...rest } = change;
      return { ...before, ...rest, gate: { ...before.gate, ...gate } };
    }),
  );
}

/** What is wrong with a plan, by row; row `-1` is the plan as a whole. Empty means it may be sent. */
export function problemsOfWaves(
  waves: readonly WavePlan[],
): readonly { readonly index: number; readonly problem: string }[] {
  if (waves.length === 0) return [{ index: -1, problem: "A campaign needs at least one wave." }];
  const problems = waves.flatMap(({ name, percent, gate }, index) => {
    const found: string[] = [];
    if (name.trim() === "") found.push("Give the wave a name.");
    const isLast = index === waves.length - 1;
    if (!isLast && !(percent > 0 && percent < 100)) found.push("A share must be more than 0 and less than 100 %.");
    if (isLast && percent <= 0) found.push("The waves before it take all lights: lower one of them.");
    if (!inPercent(gate.failedPercentMax) || !inPercent(gate.succeededPercentMin)) {
      found.push("The gate's percentages must lie between 0 and 100.");
    }
    if (!Number.isInteger(gate.lostMax) || gate.lostMax < 0)
      found.push("Lost lights must be a whole number from 0 on.");
    return found.map((problem) => ({ index, problem }));
  });
  return problems;
}

/** Says a gate in a sentence. */
export function gateSentence(gate: WaveGate, isLast: boolean): string {
  const figures = `at least ${gate.succeededPercentMin} % succeeded, at most ${gate.failedPercentMax} % failed and at most ${gate.lostMax} lost`;
  if (isLast) return `Passes with ${figures}.`;
  return gate.manual
    ? `Passes with ${figures}; then a person must promote it.`
    : `The next wave begins by itself with ${figures}.`;
}

function wave(name: string, percent: number): WavePlan {
  return { name, percent, gate: defaultGate };
}

function withRemainder(waves: readonly WavePlan[]): readonly WavePlan[] {
  const before = waves
    .slice(0, -1)
    .reduce((percent, each) => percent + (Number.isFinite(each.percent) ? each.percent : 0), 0);
  // Rounded because 100 − 33.3 − 33.3 is 33.400000000000006.
  const remainder = Math.max(0, Math.round((100 - before) * 1e6) / 1e6);
  return waves.map((each, at) => (at === waves.length - 1 ? { ...each, percent: remainder } : each));
}

function inPercent(value: number): boolean {
  return value >= 0 && value <= 100;
}
