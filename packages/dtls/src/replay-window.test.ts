import fc from "fast-check";
import { expect, test } from "vitest";
import { allSeenBelow, isFresh, nothingSeen, replayWindowRecords, withSeen } from "./replay-window.ts";

/** Close together, about as wide as the window, and far apart. */
const anyNumbers = fc
  .constantFrom(3, replayWindowRecords + 1, 200, 2 ** 48 - 1)
  .chain((max) => fc.array(fc.integer({ min: 0, max }), { maxLength: 300 }));

test("whatever the order, no number is taken twice, and one within the window is taken once", () => {
  fc.assert(
    fc.property(anyNumbers, (numbers) => {
      let window = nothingSeen;
      let newest = -1;
      const taken = new Set<number>();
      for (const number of numbers) {
        const mayBeTaken = !taken.has(number) && number > newest - replayWindowRecords;
        expect(isFresh(window, number)).toBe(mayBeTaken);
        if (!mayBeTaken) continue;
        window = withSeen(window, number);
        taken.add(number);
        newest = Math.max(newest, number);
      }
    }),
  );
});

test("the first number of all is remembered when the second comes", () => {
  const window = withSeen(withSeen(nothingSeen, 0), 1);
  expect([0, 1, 2].map((number) => isFresh(window, number))).toEqual([false, false, true]);
});

test("a jump from the first numbers to the last costs no more than any other", () => {
  const last = 2 ** 48 - 1;
  expect(withSeen(withSeen(nothingSeen, 5), last)).toEqual({ newest: last, seen: 1n });
});

test("where it is not known any more what was seen, everything below counts as seen, and nothing above", () => {
  expect([98, 99, 100].map((number) => isFresh(allSeenBelow(100), number))).toEqual([false, false, true]);
  expect(isFresh(allSeenBelow(0), 0)).toBe(true);
});

test("the last numbers of an epoch are kept apart exactly", () => {
  const last = 2 ** 48 - 1;
  const window = withSeen(withSeen(nothingSeen, last - 1), last);
  expect([last, last - 1, last - 2, last - 64].map((number) => isFresh(window, number))).toEqual([
    false,
    false,
    true,
    false,
  ]);
});
