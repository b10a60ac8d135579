import type { LightReport } from "./fleet.ts";

const refusalsShown = 2;

/** One line that says how a fleet is doing. `bytesBefore` arrived until `seconds` ago. */
export function progressLine(
  report: readonly LightReport[],
  { lights, bytesBefore, seconds }: { lights: number; bytesBefore: number; seconds: number },
): string {
  const phase = (wanted: LightReport["phase"]) => report.filter(({ phase }) => phase === wanted).length;
  const state = (wanted: number) => report.filter(({ firmwareState }) => firmwareState === wanted).length;
  const optional = (count: number, word: string) => (count > 0 ? [`${count} ${word}`] : []);
  return [
    `${phase("registered")} of ${lights} registered`,
    ...optional(report.filter(({ isSecure }) => isSecure).length, "over DTLS"),
    ...optional(phase("bootstrapping"), "bootstrapping"),
    ...optional(phase("registering"), "registering"),
    ...refusals(report),
    ...optional(state(1), "downloading"),
    ...optional(state(2), "downloaded"),
    ...optional(phase("rebooting"), "rebooting"),
    ...optional(phase("dark"), "dark"),
    `${bytesText((bytesArrived(report) - bytesBefore) / seconds)}/s`,
  ].join(" · ");
}

/** What most lights were refused with, the most frequent first. */
function refusals(report: readonly LightReport[]): string[] {
  const counts = new Map<string, number>();
  for (const { phase, refusal } of report) {
    if (refusal !== undefined && phase !== "registered") counts.set(refusal, (counts.get(refusal) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.slice(0, refusalsShown).map(([refusal, count]) => `${count} ${refusal}`);
}

/** Bytes of firmware that arrived at all lights so far. */
export function bytesArrived(report: readonly LightReport[]): number {
  return report.reduce((sum, { counters }) => sum + counters.bytesArrived, 0);
}

/** Bytes in the largest unit that leaves at least 1: `640 B`, `12.5 kB`, `3.1 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1_000, "kB"] : [bytes / 1_000_000, "MB"];
  return `${value.toFixed(1)} ${unit}`;
}
