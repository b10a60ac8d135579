import { expect, test } from "vitest";
import { defaultGate } from "./campaign.ts";
import { brokenStopRule, judgeWave, unfinished } from "./gate.ts";

const gate = { ...defaultGate, failedPercentMax: 5, lostMax: 2, succeededPercentMin: 90 };

test("one early failure in a thousand does not fail the wave", () => {
  expect(judgeWave({ failed: 1, queued: 999 }, gate)).toEqual({ kind: "wait" });
});

test("a wave fails as soon as its failures are beyond what is allowed", () => {
  expect(judgeWave({ succeeded: 10, failed: 6, queued: 84 }, gate).kind).toBe("fail");
  expect(judgeWave({ succeeded: 10, failed: 5, queued: 85 }, gate).kind).toBe("wait");
});

test("lost lights count by themselves, however large the wave", () => {
  expect(judgeWave({ lost: 3, queued: 9_997 }, gate).kind).toBe("fail");
});

test("a wave that can no longer reach its share fails at once", () => {
  expect(judgeWave({ cancelled: 11, queued: 89 }, { ...gate, failedPercentMax: 100 }).kind).toBe("fail");
});

test("all finished is not passed: a wave of cancelled lights is undecided", () => {
  expect(judgeWave({ succeeded: 80, cancelled: 20 }, { ...gate, failedPercentMax: 100 }).kind).toBe("undecided");
});

test("skipped lights are not in the denominator", () => {
  expect(judgeWave({ skipped: 90, succeeded: 10 }, gate)).toEqual({ kind: "pass" });
  expect(judgeWave({ skipped: 100 }, gate)).toEqual({ kind: "pass" });
});

test("rolled back counts as failed", () => {
  expect(judgeWave({ "rolled-back": 6, queued: 94 }, gate).kind).toBe("fail");
});

test("a campaign stops above five percent failed or two lost", () => {
  const stop = { failedPercentMax: 5, lostMax: 2 };
  expect(brokenStopRule({ failed: 5, queued: 95 }, stop)).toBeUndefined();
  expect(brokenStopRule({ failed: 6, queued: 94 }, stop)?.reason).toBe("failures");
  expect(brokenStopRule({ lost: 2, queued: 98 }, stop)).toBeUndefined();
  expect(brokenStopRule({ lost: 3, queued: 997 }, stop)?.reason).toBe("lost");
});

test("what is unfinished is what has no end yet", () => {
  expect(
    unfinished({ succeeded: 1, failed: 1, lost: 1, cancelled: 1, expired: 1, skipped: 1, downloaded: 2, planned: 3 }),
  ).toBe(5);
});
