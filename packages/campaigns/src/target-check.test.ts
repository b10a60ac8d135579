import { expect, test } from "vitest";
import { backoffAfter } from "./backoff.ts";
import { checkTarget } from "./target-check.ts";

const light = { model: "LC-100", hardwareRevision: "B", firmwareVersion: "1.1.1", presence: "online" };
const fit = { version: "1.1.10", models: ["LC-100"], hardwareRevisions: [] };

test("a version is current only when it is equal to the letter", () => {
  expect(checkTarget(light, fit)).toBeUndefined();
  expect(checkTarget({ ...light, firmwareVersion: "1.1.10" }, fit)).toBe("already-current");
});

test("another model, another revision, or an unknown one is incompatible", () => {
  expect(checkTarget({ ...light, model: "LC-200" }, fit)).toBe("incompatible");
  expect(checkTarget({ ...light, model: null }, fit)).toBe("incompatible");
  expect(checkTarget(light, { ...fit, hardwareRevisions: ["A"] })).toBe("incompatible");
  expect(checkTarget({ ...light, model: null }, { ...fit, models: [] })).toBeUndefined();
});

test("a light that waits to be accepted, and one without object 5, are left out", () => {
  expect(checkTarget({ ...light, presence: "pending" }, fit)).toBe("pending");
  expect(checkTarget({ ...light, hasFirmwareObject: false }, fit)).toBe("no-firmware-object");
});

test("waits grow, are spread, and end at a limit", () => {
  const policy = { attemptsMax: 9, backoffSeconds: 30, backoffFactor: 2 };
  expect([1, 2, 3].map((attempt) => backoffAfter(attempt, policy, 0))).toEqual([30_000, 60_000, 120_000]);
  expect(backoffAfter(1, policy, 0.5)).toBe(37_500);
  expect(backoffAfter(60, policy, 0)).toBe(6 * 3_600_000);
});
