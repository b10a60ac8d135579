import { expect, test } from "vitest";
import { places } from "./places.ts";

test("each has places of its own, and a place given back is free once", () => {
  const held = places(2);
  const leave = held.take("a");
  expect(held.take("a")).toBeDefined();
  expect(held.take("a")).toBeUndefined();
  expect(held.take("b")).toBeDefined();
  leave?.();
  leave?.();
  expect(held.take("a")).toBeDefined();
  expect(held.take("a")).toBeUndefined();
});
