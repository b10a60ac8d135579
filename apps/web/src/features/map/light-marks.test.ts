import { expect, test } from "vitest";
import { boundsOf, countMarks, featuresOf, type MapPoint, toneOrder } from "./light-marks";

const at = (id: string, presence: MapPoint[3], jobState: MapPoint[5] = null): MapPoint => [
  id,
  4,
  52,
  presence,
  null,
  jobState,
  id,
];

test("the legend counts every light once, the most alarming first", () => {
  const counted = countMarks([at("a", "online"), at("b", "offline"), at("c", "online")], "presence");
  expect(counted.map(({ mark, lights }) => [mark.key, lights])).toEqual([
    ["offline", 1],
    ["online", 2],
  ]);
});

test("one light that is down makes its cluster alarming", () => {
  const tones = featuresOf([at("a", "online"), at("b", "never"), at("c", "offline")], "presence").features.map(
    (feature) => toneOrder[feature.properties?.tone],
  );
  expect(tones).toEqual(["good", "idle", "bad"]);
  expect(toneOrder.indexOf("bad")).toBe(toneOrder.length - 1);
});

test("coloured by update, a light without a job is not alarming, whatever its presence", () => {
  expect(countMarks([at("a", "offline"), at("b", "online", "failed")], "update").map(({ mark }) => mark.key)).toEqual([
    "failed",
    "none",
  ]);
});

test("nothing has no bounds", () => {
  expect(boundsOf([])).toBeUndefined();
  expect(boundsOf([["a", 4, 52, "online", null, null, "a"]])).toEqual([4, 52, 4, 52]);
});
