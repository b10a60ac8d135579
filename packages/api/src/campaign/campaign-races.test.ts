import { afterAll, beforeAll, expect, test } from "vitest";
import { addPackage, gate, openWorld, type World } from "../../test/world.ts";

let world: World;
let packageId: string;
beforeAll(async () => {
  world = await openWorld();
  await world.addLights(Array.from({ length: 6 }, () => ({ firmwareVersion: "1.0.0" })));
  packageId = await addPackage(world);
});
afterAll(() => world[Symbol.asyncDispose]());

const waves = [{ name: "All", percent: 100, gate }];
const planFor = (deviceIds: string[]) => ({
  name: `For ${deviceIds.join()}`,
  packageId,
  target: { kind: "devices" as const, deviceIds },
  waves,
});
/** Runs something just before the campaign that is being created is written. */
function beforeWriting(act: () => Promise<unknown>) {
  const store = world.services.campaignStore;
  const services = {
    ...world.services,
    campaignStore: {
      ...store,
      create: async (...given: Parameters<typeof store.create>) => {
        await act();
        return store.create(...given);
      },
    },
  };
  return world.as("administrator", services);
}

test("firmware removed while a campaign for it is being written: the campaign is refused in words", async () => {
  const doomed = await addPackage(world, { version: "9.0.0" });
  const racing = beforeWriting(() => world.admin.firmware.remove({ id: doomed }));
  await expect(racing.campaign.create({ ...planFor(["light-1"]), packageId: doomed })).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringMatching(/removed while the campaign was being written/),
  });
});

test("a campaign written while its firmware is being removed: the removal is refused in words", async () => {
  const wanted = await addPackage(world, { version: "9.1.0" });
  const outcomes = await Promise.allSettled([
    world.admin.campaign.create({ ...planFor(["light-1"]), packageId: wanted }),
    world.admin.firmware.remove({ id: wanted }),
    world.admin.firmware.remove({ id: wanted }),
  ]);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ cause: { name: "Problem" } });
  }
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("a light removed while a campaign for it is being written: nothing is written", async () => {
  const before = await world.database.prisma.campaign.count();
  const racing = beforeWriting(() => world.admin.device.remove({ ids: ["light-6"] }));
  await expect(racing.campaign.create(planFor(["light-5", "light-6"]))).rejects.toThrow(
    /one of the lights was removed/,
  );
  expect(await world.database.prisma.campaign.count()).toBe(before);
});

test("a light of a draft is removed: the draft has one light less, and its figures still add up", async () => {
  const { id } = await world.admin.campaign.create(planFor(["light-3", "light-4"]));
  await world.admin.device.remove({ ids: ["light-3"] });
  const after = await world.admin.campaign.get({ id });
  expect(after).toMatchObject({ lights: 1, tally: { planned: 1 } });
  expect(after.waves[0]?.total).toBe(1);
});

test("a light that a running campaign waits for, or drives, is not removed", async () => {
  const { id } = await world.admin.campaign.create(planFor(["light-5"]));
  const { prisma: db } = world.database;
  await db.campaign.update({ where: { id }, data: { state: "running" } });
  for (const state of ["planned", "queued", "downloading", "awaiting-return"]) {
    await db.job.updateMany({ where: { campaignId: id }, data: { state } });
    await expect(world.admin.device.remove({ ids: ["light-5"] })).rejects.toMatchObject({
      cause: { reason: "active-job" },
    });
  }
  await db.job.updateMany({ where: { campaignId: id }, data: { state: "succeeded" } });
  expect(await world.admin.device.remove({ ids: ["light-5"] })).toEqual({ lights: 1 });
  // Its figures stay, and say how many of them no list names any more.
  expect(await world.admin.campaign.get({ id })).toMatchObject({ lights: 1, removedLights: 1 });
});

test("what happened names the light it is about, as long as there is one", async () => {
  await world.addLights([
    { id: "named", endpoint: "urn:named", name: "Mill Lane 4" },
    { id: "bare", endpoint: "urn:bare" },
  ]);
  const { prisma: db } = world.database;
  const happening = { at: new Date(0), actor: "system", kind: "job.moved", message: "Moved." };
  await db.event.createMany({ data: ["named", "bare", "gone"].map((deviceId) => ({ ...happening, deviceId })) });
  const { items } = await world.admin.event.list({ kind: "job.moved", limit: 10 });
  expect(items.map(({ light }) => light)).toEqual([null, "urn:bare", "Mill Lane 4"]);
});

test("a wave that passed is promoted without a reason, one that did not pass is not", async () => {
  const { id } = await world.admin.campaign.create(planFor(["light-4"]));
  const hold = (heldReason: string) =>
    world.database.prisma.wave.updateMany({ where: { campaignId: id }, data: { state: "held", heldReason } });
  await hold("failed");
  await expect(world.admin.campaign.promoteWave({ id, ordinal: 0, reason: " " })).rejects.toThrow(/Say why/);
  await world.admin.campaign.promoteWave({ id, ordinal: 0, reason: "The lamps were broken before." });
  await hold("manual");
  await world.admin.campaign.promoteWave({ id, ordinal: 0 });
  expect(world.told.filter((line) => line === `promoteWave ${id}`)).toHaveLength(2);
});

test("a group removed under a running campaign: the campaign keeps its lights, and says that the group is gone", async () => {
  const group = await world.admin.group.create({ name: "Short-lived", kind: "query", query: {} });
  const target = { kind: "group" as const, groupId: group.id };
  const { id, lights } = await world.admin.campaign.create({ ...planFor([]), name: "Group", target });
  await world.database.prisma.campaign.update({ where: { id }, data: { state: "running" } });
  await world.admin.group.remove({ id: group.id });
  expect(await world.admin.campaign.get({ id })).toMatchObject({
    lights,
    state: "running",
    targetLabel: "a group that was removed",
  });
});

test("waves of less than all lights leave the rest to the last", async () => {
  const short = [
    { name: "First", percent: 10, gate },
    { name: "Last", percent: 10, gate },
  ];
  const target = { kind: "query" as const, query: {} };
  const preview = await world.admin.campaign.preview({ packageId, target, waves: short });
  expect(preview.problems).toEqual([]);
  expect(preview.waves.reduce((sum, { lights }) => sum + lights, 0)).toBe(preview.included);
});
