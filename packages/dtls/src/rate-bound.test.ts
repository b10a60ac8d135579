import { expect, test } from "vitest";
import { RateBound } from "./rate-bound.ts";

function boundOf(perSecondMax: number) {
  let now = 0;
  const bound = new RateBound({ perSecondMax, monotonic: () => now });
  const had = (asker: string, times: number) => Array.from({ length: times }, () => bound.take(asker)).filter(Boolean);
  return { had: (asker: string, times: number) => had(asker, times).length, pass: (span: number) => (now += span) };
}

test("of many askers so many have one in a second, and after a rest no more than a second's worth", () => {
  const { had, pass } = boundOf(32);
  const all = () =>
    Array.from({ length: 100 }, (_, index) => had(`asker ${index}`, 1)).filter((one) => one === 1).length;
  expect(all()).toBe(32);
  pass(500);
  expect(all()).toBe(16);
  pass(60_000);
  expect(all()).toBe(32);
});

test("one who asks without end leaves half to the others, whenever they come", () => {
  const { had, pass } = boundOf(32);
  for (let second = 0; second < 5; second++) {
    expect(had("greedy", 1_000)).toBeGreaterThanOrEqual(16);
    for (let other = 0; other < 8; other++) expect(had(`other ${other}`, 2)).toBe(2);
    pass(1_000);
  }
});
