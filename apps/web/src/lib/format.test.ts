import { expect, test } from "vitest";
import {
  countOf,
  formatBytes,
  formatCount,
  formatDuration,
  formatLimit,
  formatPercent,
  formatRelative,
  packageTitle,
} from "./format";

test("999 of 1,000 never reads 100 %", () => {
  expect(formatPercent(999, 1_000)).toBe("99 %");
  expect(formatPercent(1_000, 1_000)).toBe("100 %");
  expect(formatPercent(0, 0)).toBe("0 %");
});

test("counts have separators and the right word", () => {
  expect(formatCount(10_000)).toBe("10,000");
  expect(countOf(1, "light")).toBe("1 light");
  expect(countOf(2_500, "light")).toBe("2,500 lights");
});

test("sizes are in decimal units", () => {
  expect(formatBytes(512)).toBe("512 B");
  expect(formatBytes(1_234_567)).toBe("1.2 MB");
  expect(formatBytes(999_999)).toBe("999 kB");
});

test("times are told in their largest fitting unit, before and after now", () => {
  const now = Date.parse("2027-01-31T12:00:00Z");
  expect(formatRelative("2027-01-31T11:59:58Z", now)).toBe("just now");
  expect(formatRelative("2027-01-31T11:57:00Z", now)).toBe("3 min ago");
  expect(formatRelative("2027-02-02T13:00:00Z", now)).toBe("in 2 d");
  expect(formatDuration(3_599)).toBe("59 min");
});

test("a limit is said as it was set", () => {
  expect(formatLimit(256 * 1024 * 1024)).toBe("256 MiB");
  expect(formatLimit(1_500_000)).toBe("1.5 MB");
});

test("a version stands once in the title of a package", () => {
  expect(packageTitle({ name: "Lamp", version: "1.6.0" })).toBe("Lamp 1.6.0");
  expect(packageTitle({ name: "Lamp 1.6.0", version: "1.6.0" })).toBe("Lamp 1.6.0");
  expect(packageTitle({ name: "lamp-v1.6.0", version: "1.6.0" })).toBe("lamp-v1.6.0");
  expect(packageTitle({ name: "Lamp 11.6.0", version: "1.6.0" })).toBe("Lamp 11.6.0 1.6.0");
});
