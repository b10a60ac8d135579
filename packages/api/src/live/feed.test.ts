import { seconds } from "@lamplighter/runtime/duration";
import { silentLog } from "@lamplighter/runtime/log";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { expect, test } from "vitest";
import type { JobView, LiveEvent } from "../views.ts";
import { gatherFor, jobsToldMax, LiveFeed, lingerFor } from "./feed.ts";
import type { Interest } from "./interest.ts";

function openFeed(eventsMax = 100) {
  const clock = new FakeClock();
  const looks: string[][] = [];
  const feed = new LiveFeed({
    clock,
    log: silentLog,
    epoch: "e",
    eventsMax,
    views: {
      campaigns: async () => [],
      jobs: async (ids) => {
        looks.push([...ids]);
        return ids.map((id) => ({ id, campaignId: "c" }) as JobView);
      },
    },
  });
  /** Starts to follow; `next` waits for the next event, `leave` ends the connection. */
  const follow = (interest: Interest, lastEventId?: string, hasRoom = () => true) => {
    const left = new AbortController();
    const events = feed.follow(interest, { lastEventId, signal: left.signal, hasRoom });
    return {
      async next() {
        const { value } = await events.next();
        if (!value) throw new Error("The feed ended.");
        return value;
      },
      async leave() {
        left.abort();
        await events.return(undefined);
      },
    };
  };
  return { clock, feed, follow, looks };
}

const devices: Interest = { topics: ["devices"] };
const named = (event: LiveEvent) => (event.kind === "devices-changed" ? event.deviceIds : event.kind);

test("changes within one gathering are told together", async () => {
  const { clock, feed, follow } = openFeed();
  const tab = follow(devices);
  expect(named((await tab.next()).event)).toEqual([]);
  for (const deviceId of ["a", "b", "a"]) feed.note({ kind: "device", deviceId });
  clock.advance(gatherFor);
  expect(named((await tab.next()).event)).toEqual(["a", "b"]);
  await tab.leave();
});

test("a tab that lost its connection goes on exactly where it stopped", async () => {
  const { feed, follow } = openFeed();
  const tab = follow(devices);
  const { id } = await tab.next();
  await tab.leave();
  for (const deviceId of ["a", "b", "c"]) {
    feed.note({ kind: "device", deviceId });
    await feed.tell();
  }
  const back = follow(devices, id);
  expect(named((await back.next()).event)).toEqual(["a"]);
  const second = await back.next();
  expect(named(second.event)).toEqual(["b"]);
  await back.leave();
  const again = follow(devices, second.id);
  expect(named((await again.next()).event)).toEqual(["c"]);
  await again.leave();
});

test("a tab that was away for too long, or comes from before a restart, is told to read again", async () => {
  const { feed, follow } = openFeed(4);
  const tab = follow(devices);
  const { id } = await tab.next();
  await tab.leave();
  for (let event = 0; event < 5; event++) {
    feed.note({ kind: "device", deviceId: String(event) });
    await feed.tell();
  }
  for (const lost of [id, "other-3", "e-999999", "nonsense"]) {
    const back = follow(devices, lost);
    expect((await back.next()).event.kind).toBe("reset");
    await back.leave();
  }
});

test("a slow tab is reset, and costs no memory of its own", async () => {
  const { clock, feed, follow } = openFeed(4);
  let room = true;
  const tab = follow(devices, undefined, () => room);
  await tab.next();
  room = false;
  const waiting = tab.next();
  for (let event = 0; event < 10; event++) {
    feed.note({ kind: "device", deviceId: String(event) });
    await feed.tell();
  }
  room = true;
  clock.advance(gatherFor);
  expect((await waiting).event.kind).toBe("reset");
  feed.note({ kind: "device", deviceId: "after" });
  await feed.tell();
  expect(named((await tab.next()).event)).toEqual(["after"]);
  await tab.leave();
});

test("readings and jobs reach only those who look at that light or campaign", async () => {
  const { feed, follow } = openFeed();
  const light = follow({ topics: [], deviceId: "a" });
  const campaign = follow({ topics: [], campaignId: "c" });
  await Promise.all([light.next(), campaign.next()]);
  const reading = { path: "/3416/0/3", value: { type: "integer", value: "40" }, source: "notify", at: "" } as const;
  feed.note({ kind: "reading", deviceId: "b", reading });
  feed.note({ kind: "reading", deviceId: "a", reading });
  feed.note({ kind: "job", campaignId: "other", jobId: "x" });
  feed.note({ kind: "job", campaignId: "c", jobId: "y" });
  await feed.tell();
  expect((await light.next()).event).toMatchObject({ kind: "reading", deviceId: "a" });
  expect((await campaign.next()).event).toMatchObject({ kind: "job", job: { id: "y" } });
  await Promise.all([light.leave(), campaign.leave()]);
});

test("a job that moves many times in one gathering is looked at once, and a flood of jobs is told in portions", async () => {
  const { feed, follow, looks } = openFeed(1_000);
  const tab = follow({ topics: [], campaignId: "c" });
  await tab.next();
  for (let move = 0; move < 5; move++) feed.note({ kind: "job", campaignId: "c", jobId: "same" });
  await feed.tell();
  expect(looks).toEqual([["same"]]);
  for (let job = 0; job < jobsToldMax + 50; job++) feed.note({ kind: "job", campaignId: "c", jobId: `job-${job}` });
  await feed.tell();
  await feed.tell();
  expect(looks.slice(1).map((ids) => ids.length)).toEqual([jobsToldMax, 50]);
  await tab.leave();
});

test("who comes back to a light it was not watching before is told to read again", async () => {
  const { feed, follow } = openFeed();
  const list = follow(devices);
  const { id } = await list.next();
  feed.note({ kind: "device", deviceId: "x" });
  await feed.tell();
  const back = follow({ topics: ["devices"], deviceId: "a" }, id);
  expect((await back.next()).event.kind).toBe("reset");
  await Promise.all([back.leave(), list.leave()]);
});

test("when nobody has looked for a while nothing is gathered, and a late tab is told so", async () => {
  const { clock, feed, follow } = openFeed();
  const tab = follow(devices);
  const { id } = await tab.next();
  await tab.leave();
  clock.advance(seconds(lingerFor / 1_000 + 1));
  feed.note({ kind: "device", deviceId: "unseen" });
  const back = follow(devices, id);
  expect((await back.next()).event.kind).toBe("reset");
  await back.leave();
});
