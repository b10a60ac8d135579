import { expect, test } from "vitest";
import { safeNextPath } from "./next-path";

test("after signing in one goes on where one wanted to", () => {
  expect(safeNextPath("/lights?presence=offline")).toBe("/lights?presence=offline");
});

test("nobody is led to another site", () => {
  for (const next of ["https://example.org", "//example.org", "/\\example.org", "javascript:alert(1)", null]) {
    expect(safeNextPath(next)).toBe("/");
  }
});
