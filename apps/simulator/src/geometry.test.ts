import { expect, test } from "vitest";
import { isInside, type Point, positionOf, simplified, steps, wrapped } from "./geometry.ts";

test("a line without its needless points stays where it was", () => {
  const line: Point[] = [
    [0, 0],
    [10, 0.4],
    [20, -0.3],
    [30, 0],
    [40, 25],
    [50, 50],
  ];
  expect(simplified(line, 1)).toEqual([
    [0, 0],
    [30, 0],
    [50, 50],
  ]);
  expect(simplified(line.slice(0, 2), 1)).toEqual(line.slice(0, 2));
});

test("a point is inside a ring or not, also of a hollow one", () => {
  const hollow: Point[] = [
    [0, 0],
    [10, 0],
    [10, 10],
    [5, 4],
    [0, 10],
  ];
  expect(isInside([5, 2], hollow)).toBe(true);
  expect(isInside([5, 8], hollow)).toBe(false);
  expect(isInside([-1, 5], hollow)).toBe(false);
});

test("steps reach both ends", () => {
  expect(steps(0, 10, 5.4)).toEqual([0, 5, 10].map((each) => expect.closeTo(each)));
  expect(steps(3, 3, 1)).toEqual([3, 3]);
});

test("angles come back into one turn", () => {
  expect(wrapped(-Math.PI / 2)).toBeCloseTo(1.5 * Math.PI);
  expect(wrapped(5 * Math.PI)).toBeCloseTo(Math.PI);
});

test("a kilometre north is nine thousandths of a degree", () => {
  expect(positionOf([0, 1_000])).toEqual([4.05, 52.558983]);
});
