import type { WaveView } from "@lamplighter/api/views";
import { expect, test } from "vitest";
import { waveFate, waveLook, waveWaits } from "./wave-words";

const first: WaveView = {
  ordinal: 0,
  name: "First",
  state: "active",
  heldReason: null,
  verdict: null,
  total: 16,
  tally: { succeeded: 15, queued: 1 },
  startedAt: null,
  finishedAt: null,
};
const next: WaveView = { ...first, ordinal: 1, name: "Rest", state: "pending", tally: { planned: 4 } };
const offline = [{ reason: "offline", lights: 1, sentence: "" }] as const;
const running = { state: "running", waves: [first, next], waiting: offline } as const;

test("a wave past its threshold says which lights its gate still waits for", () => {
  expect(waveWaits(running, first)).toBe(
    "The gate is judged when all 16 lights are done; 1 is left: 1 light waits to come online.",
  );
  const two = { ...first, tally: { succeeded: 13, skipped: 2, downloading: 2, queued: 1 } };
  expect(waveWaits({ ...running, waves: [two, next] }, two)).toBe(
    "The gate is judged when all 16 lights are done; 3 are left: 2 downloading, 1 light waits to come online.",
  );
});

test("reasons that another wave may share are not put down to this one", () => {
  const promoted = { ...next, state: "passed", tally: { succeeded: 3, queued: 1 } } as const;
  expect(waveWaits({ ...running, waves: [first, promoted] }, first)).toMatch(/1 is left: 1 light waits\.$/);
  expect(waveWaits({ ...running, waiting: [] }, first)).toMatch(/1 is left: 1 light waits\.$/);
});

test("a wave that has not begun, or has nothing left to do, waits for nothing", () => {
  expect(waveWaits(running, next)).toBeUndefined();
  expect(waveWaits(running, { ...first, tally: { succeeded: 16 } })).toBeUndefined();
});

test("after the end every wave says what became of it, and none looks as if it still waited", () => {
  const held = { ...first, state: "held", heldReason: "manual" } as const;
  const ended = { state: "cancelled", waves: [held, next], waiting: [] } as const;
  expect(waveFate(ended, held)).toBe(
    "It had passed, and was not promoted before the campaign was cancelled. 15 of 16 lights were updated.",
  );
  expect(waveFate(ended, { ...held, heldReason: "failed" })).toMatch(/^It had not passed its gate/);
  expect(waveFate(ended, next)).toMatch(/had not begun/);
  expect(waveFate(ended, first)).toMatch(/was under way/);
  expect(waveFate(ended, { ...first, state: "passed" })).toBeUndefined();
  expect(waveFate(running, held)).toBeUndefined();
  expect([held, next, first].map((wave) => waveLook("cancelled", wave).word)).toEqual([
    "Not promoted",
    "Never begun",
    "Cut off",
  ]);
  expect(waveLook("running", held).word).toBe("Held");
});
