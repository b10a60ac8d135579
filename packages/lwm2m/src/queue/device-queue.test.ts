import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type DeviceQueue,
  emptyQueue,
  nextQueue,
  type QueueEvent,
  type QueueStep,
  restoredQueue,
} from "./device-queue.ts";
import { isLive, type QueuedRequest } from "./queued-request.ts";
import { requestOf } from "./queued-request-store.contract.ts";

const attemptsMax = 3;

/** What may happen to a queue at any moment, whatever it is doing. */
const happening = fc.oneof(
  fc.constantFrom("read" as const, "execute" as const).map((kind) => ({ kind: "ask" as const, operation: kind })),
  fc.record({ kind: fc.constant("look" as const), isAwake: fc.boolean() }),
  fc.record({ kind: fc.constant("marked" as const), isSafe: fc.boolean() }),
  fc.record({
    kind: fc.constant("returned" as const),
    delivery: fc.constantFrom("answered" as const, "refused" as const, "unanswered" as const, "unsent" as const),
  }),
  fc.record({ kind: fc.constant("cancelled" as const), number: fc.nat(10) }),
  fc.record({ kind: fc.constant("time" as const), by: fc.nat(400) }),
  fc.record({ kind: fc.constant("restart" as const) }),
);

test("whatever happens: one request at a time, each ends once, and nothing that may not be repeated leaves twice", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
      let queue: DeviceQueue = emptyQueue;
      let now = 0;
      const stored = new Map<string, QueuedRequest>();
      const ends = new Map<string, number>();
      const left = new Map<string, number>();
      const take = ({ queue: next, effects }: QueueStep) => {
        queue = next;
        for (const effect of effects) {
          if (effect.kind === "look") continue;
          if (effect.kind === "deliver") left.set(effect.request.id, (left.get(effect.request.id) ?? 0) + 1);
          else stored.set(effect.request.id, effect.request);
          if (effect.kind === "end") ends.set(effect.request.id, (ends.get(effect.request.id) ?? 0) + 1);
        }
      };
      for (const each of happenings) {
        if (each.kind === "time") now += each.by;
        else if (each.kind === "restart") {
          take(restoredQueue([...stored.values()].filter(isLive), now));
        } else if (each.kind === "ask") {
          const id = `r${stored.size}`;
          const operation = { kind: each.operation, path: "/3/0/4" };
          const request = requestOf({ id, position: stored.size, operation, expiresAt: now + 1_000 });
          stored.set(id, request);
          take(nextQueue(queue, { kind: "asked", request }));
        } else take(nextQueue(queue, eventOf(each, now)));
        const sent = queue.live.filter(({ state }) => state === "sent");
        expect(sent).toEqual(queue.phase === "idle" ? [] : queue.live.slice(0, 1));
        expect(queue.live.map(({ position }) => position)).toEqual(
          queue.live.map(({ position }) => position).toSorted((a, b) => a - b),
        );
        for (const { id } of queue.live) expect(ends.has(id)).toBe(false);
      }
      for (const [id, times] of ends) expect([id, times]).toEqual([id, 1]);
      for (const [id, times] of left) {
        if (stored.get(id)?.operation.kind === "execute" && times > 1) {
          // Only one that is known not to have left is tried again.
          const unsent = happenings.filter((each) => each.kind === "returned" && each.delivery === "unsent").length;
          expect(times).toBeLessThanOrEqual(1 + unsent);
        }
      }
    }),
    { numRuns: 2_000, seed: 1 },
  );
});

test("a request that waits past its time ends, one under way may still be answered", () => {
  const requests = ["a", "b"].map((id, position) => requestOf({ id, position, expiresAt: 100 }));
  const queue: DeviceQueue = { ...emptyQueue, live: requests };
  const under = nextQueue(queue, { kind: "look", isAwake: true, now: 50 }).queue;
  const { queue: later, effects } = nextQueue(under, { kind: "look", isAwake: true, now: 200 });
  expect(effects.map((effect) => [effect.kind, "request" in effect && effect.request.id])).toEqual([["end", "b"]]);
  expect(later.live.map(({ id }) => id)).toEqual(["a"]);
});

test("a device that was heard meanwhile is asked again at once", () => {
  let queue: DeviceQueue = { ...emptyQueue, live: [requestOf()] };
  const event = (each: QueueEvent) => {
    const step = nextQueue(queue, each);
    queue = step.queue;
    return step.effects.map(({ kind }) => kind);
  };
  const returned = { kind: "returned", delivery: { kind: "unanswered" }, now: 0, attemptsMax } as const;
  const look = { kind: "look", isAwake: true, now: 0 } as const;
  expect([event(look), event({ kind: "marked", isSafe: true }), event(look)]).toEqual([["mark"], ["deliver"], []]);
  expect(event(returned)).toEqual(["save", "look"]);
  expect([event(look), event({ kind: "marked", isSafe: true })]).toEqual([["mark"], ["deliver"]]);
  expect(event(returned)).toEqual(["save"]);
});

function eventOf(
  each:
    | { kind: "look"; isAwake: boolean }
    | { kind: "marked"; isSafe: boolean }
    | { kind: "cancelled"; number: number }
    | {
        kind: "returned";
        delivery: "answered" | "refused" | "unanswered" | "unsent";
      },
  now: number,
): QueueEvent {
  if (each.kind === "look") return { ...each, now };
  if (each.kind === "cancelled") return { kind: "cancelled", id: `r${each.number}`, now };
  if (each.kind === "marked") return each;
  const result = { code: "ok", message: "" };
  const { delivery: kind } = each;
  const delivery = kind === "answered" || kind === "refused" ? { kind, result } : { kind };
  return { kind: "returned", delivery, now, attemptsMax };
}

test("requests go out in the order in which they were asked, whichever the store had first; what is under way stays first", () => {
  const at = (position: number) => requestOf({ id: `r${position}`, position, expiresAt: 1_000 });
  const ask = (queue: DeviceQueue, position: number) =>
    nextQueue(queue, { kind: "asked", request: at(position) }).queue;
  const idle = [3, 1, 2].reduce(ask, emptyQueue);
  expect(idle.live.map(({ id }) => id)).toEqual(["r1", "r2", "r3"]);
  const busy = nextQueue(ask(emptyQueue, 5), { kind: "look", isAwake: true, now: 0 }).queue;
  expect([6, 4].reduce(ask, busy).live.map(({ id }) => id)).toEqual(["r5", "r4", "r6"]);
});
