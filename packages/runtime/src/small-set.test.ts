import { expect, test } from "vitest";
import { SmallSet } from "./small-set.ts";

test("a small set is a set, however many there are in it", () => {
  const small = new SmallSet<number>();
  const set = new Set<number>();
  for (const member of [1, 2, 1, 3, 4, 5, 6, 7, 8, 9, 10, 10, 11]) {
    small.add(member);
    set.add(member);
    expect([...small]).toEqual([...set]);
    expect(small.size).toBe(set.size);
  }
  for (const member of [5, 5, 99, 1, 11, 2, 3, 4, 6, 7, 8, 9, 10]) {
    expect(small.delete(member)).toBe(set.delete(member));
    expect([...small]).toEqual([...set]);
    expect(small.has(member)).toBe(false);
  }
  small.add(7).add(8).clear();
  expect([small.size, small.has(7)]).toEqual([0, false]);
});

test("a small set may lose its members while it is gone through", () => {
  const small = new SmallSet<number>().add(1).add(2).add(3);
  const seen: number[] = [];
  for (const member of small) {
    small.delete(member);
    seen.push(member);
  }
  expect(seen).toEqual([1, 2, 3]);
  expect(small.size).toBe(0);
});
