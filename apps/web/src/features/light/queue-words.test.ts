import { expect, test } from "vitest";
import { sayQueue, shownWhenSleeping } from "./queue-words.ts";

const today = (clock: string) => new Date(`2026-11-23T${clock}`).toISOString();
const now = Date.parse(today("08:00"));

test("a sleeping light says how much waits and when it was awake last", () => {
  const queue = { state: "sleeping", awakeUntil: null, lastAwakeAt: today("02:14"), waiting: 3 } as const;
  expect(sayQueue(queue, now)).toBe("Sleeping, 3 queued, last awake 02:14");
  expect(sayQueue({ ...queue, waiting: 0 }, now)).toBe("Sleeping, last awake 02:14");
  expect(sayQueue(queue, now + 86_400_000)).toBe("Sleeping, 3 queued, last awake 23 Nov, 02:14");
});

test("an awake light says until when", () => {
  const queue = { state: "awake", awakeUntil: today("08:01"), lastAwakeAt: today("08:00"), waiting: 1 } as const;
  expect(sayQueue(queue, now)).toBe("Awake until 08:01, 1 queued");
});

test("all that waits is shown, and the last five that ended", () => {
  const request = (endedAt: string | null, id: number) => ({ id: String(id), endedAt }) as never;
  const requests = [...Array(7).keys()].map((id) => request(null, id));
  const ended = [...Array(7).keys()].map((id) => request(today("01:00"), id + 10));
  expect(shownWhenSleeping([...requests, ...ended])).toHaveLength(12);
});
