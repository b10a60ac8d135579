import fc from "fast-check";
import { expect, test } from "vitest";
import { isFresh, nothingSeen, replayWindowRecords, withSeen } from "./replay-window.ts";

test("whatever the order, no number is taken twice, and one within the window is taken once", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 300 }), (numbers) => {
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
