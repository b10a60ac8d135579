import type { IncomingRequest, OutgoingResponse } from "@lamplighter/coap/endpoint";
import { seconds } from "@lamplighter/runtime/duration";
import { silentLog } from "@lamplighter/runtime/log";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { expect, test } from "vitest";
import { zeroLwm2mCounters } from "../counters.ts";
import { wakeStorm } from "../testing/wake-storm.ts";
import { UplinkAnswers } from "../uplink-answers.ts";

test("15: when all come at once, nobody is dropped: each is registered or told when to come back, and all are in the end", async () => {
  const figures = await wakeStorm({ devices: 1_500, savesUnderWayMax: 300, savesPerSecond: 400 });
  expect(figures).toMatchObject({
    registered: 1_500,
    created: 1_500,
    unanswered: 0,
    otherAnswers: 0,
    withoutMaxAge: 0,
  });
  expect(figures.sentHome).toBeGreaterThanOrEqual(1_100);
  expect(figures.sentHomeMax).toBeLessThanOrEqual(2);
});

/** How many of a crowd that is sent home at once come back in each second. */
function returnsOf(crowd: number, answers: UplinkAnswers): number[] {
  const returns: number[] = [];
  const respond = ({ maxAge = 0 }: OutgoingResponse) => {
    returns[maxAge] = (returns[maxAge] ?? 0) + 1;
  };
  for (let index = 0; index < crowd; index++) answers.unavailable({ respond } as IncomingRequest);
  return Array.from(returns, (count) => count ?? 0);
}

test("15: those who were sent home do not come back as a storm, however many they were, nor together with who was before", () => {
  const clock = new FakeClock();
  const parts = { clock, random: seeded(1), log: silentLog, counters: zeroLwm2mCounters(), onEvent() {} };
  const answers = new UplinkAnswers(parts);
  const first = returnsOf(100_000, answers);
  expect(Math.max(...first)).toBeLessThan(600);
  expect(first.findIndex((count) => count > 0)).toBe(10);
  // Half of them are still to come: who is sent home now comes after them.
  clock.advance(seconds(100));
  const second = returnsOf(10_000, answers);
  expect(second.findIndex((count) => count > 0)).toBeGreaterThan(100);
  // Long after, nobody waits longer than usual.
  clock.advance(seconds(10_000));
  expect(returnsOf(100, answers).length).toBeLessThanOrEqual(32);
  // And nobody is sent home for longer than this, whatever the crowd.
  expect(returnsOf(1_000_000, answers).length - 1).toBe(600);
});
