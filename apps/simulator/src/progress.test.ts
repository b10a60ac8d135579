import { zeroLightCounters } from "@lamplighter/device/light-counters";
import { expect, test } from "vitest";
import type { LightReport } from "./fleet.ts";
import { bytesText, progressLine } from "./progress.ts";

const light = (change: Partial<LightReport>, bytesArrived = 0): LightReport => ({
  endpoint: "light-1",
  kind: "virtual",
  isSecure: false,
  fault: null,
  phase: "registered",
  firmwareVersion: "1.4.2",
  firmwareState: 0,
  updateResult: 0,
  software: [],
  counters: { ...zeroLightCounters("1.4.2"), bytesArrived },
  ...change,
});

test("a fleet at rest takes few words", () => {
  expect(progressLine([light({}), light({})], { lights: 2, bytesBefore: 0, seconds: 1 })).toBe(
    "2 of 2 registered · 0 B/s",
  );
});

test("a fleet at work says what its lights do, and how fast", () => {
  const report = [
    light({ firmwareState: 1 }, 30_000),
    light({ phase: "rebooting", firmwareState: 3 }, 4_000),
    light({ phase: "registering" }),
    light({ phase: "dark" }),
  ];
  expect(progressLine(report, { lights: 5, bytesBefore: 9_000, seconds: 2 })).toBe(
    "1 of 5 registered · 1 registering · 1 downloading · 1 rebooting · 1 dark · 12.5 kB/s",
  );
});

test("why lights do not come in is said, as far as they were told", () => {
  const report = [
    light({ phase: "bootstrapping", refusal: "bootstrap refused (4.00)" }),
    light({ phase: "bootstrapping", refusal: "bootstrap refused (4.00)" }),
    light({ phase: "registering", refusal: "register not answered" }),
    light({ refusal: "register refused (4.03)" }),
  ];
  expect(progressLine(report, { lights: 4, bytesBefore: 0, seconds: 1 })).toBe(
    "1 of 4 registered · 2 bootstrapping · 1 registering · 2 bootstrap refused (4.00) · 1 register not answered · 0 B/s",
  );
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [3_140_000, "3.1 MB"],
])("%i bytes read %s", (bytes, text) => expect(bytesText(bytes)).toBe(text));
