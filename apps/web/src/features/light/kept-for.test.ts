import { expect, test } from "vitest";
import { keptForChoices, keptForHours, keptForUsual, keptForWords } from "./kept-for.ts";

test("what is asked of a sleeping light is kept for an hour, a day or a week; a week unless said otherwise", () => {
  expect(keptForChoices.map((each) => [keptForWords[each], keptForHours[each]])).toEqual([
    ["within 1 hour", 1],
    ["within 1 day", 24],
    ["within 7 days", 7 * 24],
  ]);
  expect(keptForUsual).toBe("week");
});
