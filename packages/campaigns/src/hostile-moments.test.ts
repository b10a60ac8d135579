import { minutes, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import type { CampaignSpec } from "./campaign.ts";
import { lenient, quietTown } from "./testing/quiet-town.ts";

const by = { actor: "tester", reason: "seen" };
const isDownloading = (town: Awaited<ReturnType<typeof quietTown>>) => async () =>
  (await town.job("light-0")).state === "downloading";

test("a campaign that leaves every light out completes at once and touches nobody", async () => {
  const town = await quietTown(["healthy"]);
  await town.write([[], []], { skipped: ["light-0"] });
  await town.orchestrator().startCampaign("one", "tester");
  await town.pass(seconds(10), town.isOver);
  expect(await town.campaign()).toMatchObject({ state: "completed", outcome: "clean" });
  expect((await town.job("light-0")).state).toBe("skipped");
  expect(town.lights[0]?.version).toBe("1.0.0");
});

test("a wave without lights is passed, whichever it is", async () => {
  const town = await quietTown(["healthy"]);
  await town.write([[], ["light-0"], []]);
  await town.orchestrator().startCampaign("one", "tester");
  await town.pass(minutes(5), town.isOver);
  expect((await town.campaign()).waves.map(({ state }) => state)).toEqual(["passed", "passed", "passed"]);
});

test("a start whose time came while no server ran is made up for", async () => {
  const town = await quietTown(["healthy"]);
  const startAt = new Date(town.clock.now().getTime() + minutes(1)).toISOString();
  await town.write([["light-0"]], { spec: { startAt } });
  await town.orchestrator().schedule("one", "tester");
  town.orchestrator().stop();
  await town.pass(minutes(10));
  expect((await town.campaign()).state).toBe("scheduled");
  await town.restart();
  await town.pass(minutes(5), town.isOver);
  expect((await town.campaign()).state).toBe("completed");
});

test("what is stopped before its time does not begin by itself, and resumed in time it waits for its time again", async () => {
  const town = await quietTown(["healthy"]);
  const startAt = new Date(town.clock.now().getTime() + minutes(10)).toISOString();
  await town.write([["light-0"]], { spec: { startAt } });
  const orchestrator = town.orchestrator();
  await orchestrator.schedule("one", "tester");
  expect(await orchestrator.stopEverything("tester")).toBe(1);
  expect(await orchestrator.resume("one", "tester")).toEqual({ kind: "done" });
  expect(await town.campaign()).toMatchObject({ state: "scheduled" });
  await orchestrator.stopEverything("tester");
  await town.pass(minutes(20));
  expect(await town.campaign()).toMatchObject({ state: "paused", pauseReason: "stop-everything" });
  expect(await orchestrator.resume("one", "tester")).toEqual({ kind: "done" });
  await town.pass(minutes(5), town.isOver);
  expect((await town.campaign()).state).toBe("completed");
});

test("a command given twice at once is done once and refused once, in words", async () => {
  const town = await quietTown(["healthy"]);
  await town.write([["light-0"]]);
  const orchestrator = town.orchestrator();
  const twice = async (command: () => Promise<{ kind: string }>) => {
    const outcomes = await Promise.all([command(), command()]);
    expect(outcomes).toMatchObject([{ kind: "done" }, { kind: "refused", why: expect.stringMatching(/campaign/) }]);
  };
  await twice(() => orchestrator.startCampaign("one", "tester"));
  await twice(() => orchestrator.pause("one", "tester"));
  await twice(() => orchestrator.resume("one", "tester"));
  expect(await Promise.all([orchestrator.stopEverything("a"), orchestrator.stopEverything("b")])).toEqual([1, 0]);
  await twice(() => orchestrator.cancel("one", "tester"));
  await town.pass(minutes(5), town.isOver);
  expect((await town.campaign()).state).toBe("cancelled");
});

async function heldTown() {
  const town = await quietTown(["integrity", "healthy"]);
  const strict = { failedPercentMax: 0, lostMax: 0, succeededPercentMin: 100, manual: false };
  const waves: CampaignSpec["waves"] = [
    { name: "First", percent: 50, gate: strict },
    { name: "Rest", percent: 50, gate: lenient },
  ];
  await town.write([["light-0"], ["light-1"]], { spec: { waves } });
  await town.orchestrator().startCampaign("one", "tester");
  await town.pass(minutes(10), async () => (await town.campaign()).state === "paused");
  return town;
}

test.each(["cancel", "stopEverything"] as const)(
  "%s at the moment of a promotion: the last word holds",
  async (stop) => {
    const town = await heldTown();
    const orchestrator = town.orchestrator();
    const promoted = orchestrator.promoteWave("one", 0, by);
    if (stop === "cancel") {
      const [, cancelled] = await Promise.all([promoted, orchestrator.cancel("one", "tester")]);
      expect(cancelled).toEqual({ kind: "done" });
      await town.pass(minutes(5), town.isOver);
      expect((await town.campaign()).state).toBe("cancelled");
    } else {
      expect((await Promise.all([promoted, orchestrator.stopEverything("tester")]))[1]).toBe(1);
      expect(await town.campaign()).toMatchObject({ state: "paused", pauseReason: "stop-everything" });
    }
    expect(town.lights[1]?.version).toBe("1.0.0");
  },
);

test("a wave is promoted once, and a promotion after a cancellation is refused or changes nothing", async () => {
  const town = await heldTown();
  const orchestrator = town.orchestrator();
  const twice = await Promise.all([orchestrator.promoteWave("one", 0, by), orchestrator.promoteWave("one", 0, by)]);
  expect(twice.map(({ kind }) => kind)).toEqual(["done", "refused"]);
  await town.pass(minutes(5), town.isOver);
  expect(town.lights[1]?.version).toBe("2.0.0");
});

test("a cancelled campaign is not promoted", async () => {
  const town = await heldTown();
  const orchestrator = town.orchestrator();
  const outcomes = await Promise.all([orchestrator.cancel("one", "tester"), orchestrator.promoteWave("one", 0, by)]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["done", "refused"]);
  expect((await town.campaign()).waves[0]?.state).toBe("held");
});

test("failed lights tried again while others are still under way: all end, nobody is forgotten", async () => {
  const town = await quietTown(["no-flash", "absent-at-first", "healthy"]);
  await town.write([["light-0", "light-1"], ["light-2"]]);
  await town.orchestrator().startCampaign("one", "tester");
  await town.pass(minutes(5), async () => (await town.job("light-0")).state === "failed");
  const twice = await Promise.all([
    town.orchestrator().retryFailed("one", "tester"),
    town.orchestrator().retryFailed("one", "tester"),
  ]);
  expect(twice.map(({ kind }) => kind)).toEqual(["done", "refused"]);
  expect(await town.job("light-0")).toMatchObject({ state: "queued", attempt: 0 });
  await town.pass(minutes(10), town.isOver);
  expect((await town.campaign()).waves.map(({ counters }) => counters)).toEqual([
    { failed: 1, succeeded: 1 },
    { succeeded: 1 },
  ]);
});

test("a retry at the moment of completion leaves no light queued in a campaign that has ended", async () => {
  const town = await quietTown(["no-flash"]);
  await town.write([["light-0"]]);
  await town.orchestrator().startCampaign("one", "tester");
  await town.pass(minutes(5), async () => (await town.job("light-0")).state === "failed");
  // The tick that would complete it is due, and the command comes just before it is carried out.
  town.orchestrator().nudge();
  void town.orchestrator().retryFailed("one", "tester");
  await town.pass(minutes(5), async () => (await town.isOver()) && (await town.job("light-0")).state === "failed");
  expect(await town.campaign()).toMatchObject({ state: "completed", outcome: "with-failures" });
});

test("a package revoked under a running campaign stops it, and nobody can resume it", async () => {
  const town = await quietTown(["healthy", "healthy"]);
  await town.write([["light-0"], ["light-1"]]);
  await town.orchestrator().startCampaign("one", "tester");
  await town.pass(minutes(1), isDownloading(town));
  town.store.revoked.add("package");
  await town.orchestrator().packageRevoked("package", "tester");
  expect(await town.campaign()).toMatchObject({ state: "paused", pauseReason: "package-revoked" });
  expect(await town.orchestrator().resume("one", "tester")).toMatchObject({
    kind: "refused",
    why: expect.stringMatching(/revoked/),
  });
  await town.pass(minutes(2));
  expect(await town.job("light-0")).toMatchObject({ state: "queued", waitReason: "paused" });
  town.store.revoked.clear();
  expect(await town.orchestrator().resume("one", "tester")).toEqual({ kind: "done" });
  await town.pass(minutes(10), town.isOver);
  expect(town.lights.map(({ version }) => version)).toEqual(["2.0.0", "2.0.0"]);
});

test("a package revoked before the time to start: the campaign pauses with the reason and hands nothing out", async () => {
  const town = await quietTown(["healthy"]);
  const startAt = new Date(town.clock.now().getTime() + minutes(1)).toISOString();
  await town.write([["light-0"]], { spec: { startAt } });
  await town.orchestrator().schedule("one", "tester");
  town.store.revoked.add("package");
  await town.orchestrator().packageRevoked("package", "tester");
  await town.pass(minutes(3));
  expect(await town.campaign()).toMatchObject({ state: "paused", pauseReason: "package-revoked" });
  expect(await town.job("light-0")).toMatchObject({ state: "planned", attempt: 0 });
});

test("a light that de-registers, or must be accepted anew, in the middle waits as offline and is updated when it is back", async () => {
  const town = await quietTown(["healthy"]);
  await town.write([["light-0"]]);
  await town.orchestrator().startCampaign("one", "tester");
  await town.pass(minutes(1), isDownloading(town));
  town.leaves("light-0");
  await town.pass(minutes(20));
  expect(await town.job("light-0")).toMatchObject({ state: "queued", waitReason: "offline", attempt: 1 });
  if (town.lights[0]) town.network.register(town.lights[0]);
  await town.pass(minutes(5), town.isOver);
  expect((await town.job("light-0")).state).toBe("succeeded");
});

test("two campaigns for one light: the second says whom it waits for, and then finds nothing to bring", async () => {
  const town = await quietTown(["healthy"]);
  await town.write([["light-0"]]);
  await town.write([["light-0"]], { id: "two" });
  await town.orchestrator().startCampaign("one", "tester");
  await town.orchestrator().startCampaign("two", "tester");
  await town.pass(minutes(1), async () => (await town.job("light-0", "two")).waitReason === "other-campaign");
  expect(await town.job("light-0", "two")).toMatchObject({ state: "queued", waitReason: "other-campaign" });
  await town.pass(minutes(5), async () => (await town.isOver("one")) && (await town.isOver("two")));
  expect([(await town.job("light-0")).state, (await town.job("light-0", "two")).state]).toEqual([
    "succeeded",
    "succeeded",
  ]);
  expect([town.lights[0]?.version, town.lights[0]?.executesMost]).toEqual(["2.0.0", 1]);
});

test("failures that a person accepted stay accepted after a restart, and one more speaks again", async () => {
  const town = await quietTown(["no-flash", "healthy", "no-flash"]);
  const stop = { failedPercentMax: 10, lostMax: 0 };
  await town.write([["light-0"], ["light-1"], ["light-2"]], { spec: { stop } });
  await town.orchestrator().startCampaign("one", "tester");
  const isPaused = async () => (await town.campaign()).state === "paused";
  await town.pass(minutes(5), isPaused);
  expect(await town.campaign()).toMatchObject({ pauseReason: "failures" });
  await town.orchestrator().resume("one", "tester");
  await town.restart();
  await town.pass(minutes(10), async () => (await town.job("light-1")).state === "succeeded");
  expect((await town.campaign()).state).toBe("running");
  await town.pass(minutes(10), isPaused);
  expect(await town.campaign()).toMatchObject({ state: "paused", pauseReason: "failures" });
});

test("a light that falls back after its campaign has ended is found, though the server restarted twice", async () => {
  const town = await quietTown(["falls-back-later"]);
  await town.write([["light-0"]]);
  await town.orchestrator().startCampaign("one", "tester");
  await town.pass(minutes(5), town.isOver);
  expect((await town.job("light-0")).state).toBe("succeeded");
  await town.restart();
  await town.pass(seconds(30));
  await town.restart();
  await town.pass(minutes(10), async () => (await town.job("light-0")).state === "rolled-back");
  expect((await town.job("light-0")).state).toBe("rolled-back");
});
