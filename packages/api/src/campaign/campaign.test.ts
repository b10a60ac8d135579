import { afterAll, beforeAll, expect, test } from "vitest";
import { addPackage, gate, openWorld, type World } from "../../test/world.ts";

let world: World;
let packageId: string;
beforeAll(async () => {
  world = await openWorld();
  await world.addLights([
    { model: "L1", firmwareVersion: "1.0.0" },
    { model: "L1", firmwareVersion: "1.0.0", presence: "offline" },
    { model: "L1", firmwareVersion: "2.0.0" },
    { model: "L2", firmwareVersion: "1.0.0" },
    { model: "L1", firmwareVersion: "1.0.0", presence: "pending" },
    { model: "L1", firmwareVersion: "1.0.0" },
  ]);
  packageId = await addPackage(world, { models: ["L1"] });
});
afterAll(() => world[Symbol.asyncDispose]());

const everybody = { kind: "query", query: {} } as const;
const waves = [
  { name: "First", percent: 34, gate },
  { name: "Rest", percent: 66, gate },
];

test("a preview says whom a campaign reaches, whom it leaves out, and why", async () => {
  const preview = await world.admin.campaign.preview({ packageId, target: everybody, waves });
  expect(preview).toMatchObject({ matched: 6, included: 3, offline: 1, neverSeen: 0, warnings: [], problems: [] });
  expect(Object.fromEntries(preview.skipped.map(({ reason, lights }) => [reason, lights]))).toEqual({
    "already-current": 1,
    incompatible: 1,
    pending: 1,
  });
  expect(preview.waves).toEqual([
    { name: "First", lights: 1 },
    { name: "Rest", lights: 2 },
  ]);
});

test("a campaign is written with its lights frozen, and its figures add up", async () => {
  const group = await world.admin.group.create({ name: "All", kind: "query", query: {} });
  const target = { kind: "group", groupId: group.id } as const;
  const campaign = await world.admin.campaign.create({ name: "Spring", packageId, target, waves });
  expect(campaign).toMatchObject({ state: "draft", lights: 6, tally: { planned: 3, skipped: 3 } });
  expect(campaign.targetLabel).toBe('group "All"');
  expect(campaign.specSha256).toMatch(/^[0-9a-f]{64}$/);
  expect((await world.admin.group.get({ id: group.id })).campaigns).toEqual([{ id: campaign.id, name: "Spring" }]);

  await world.admin.group.remove({ id: group.id });
  await world.addLights([{ id: "late", endpoint: "late", model: "L1" }]);
  const later = await world.admin.campaign.get({ id: campaign.id });
  expect([later.lights, later.targetLabel]).toEqual([6, "a group that was removed"]);
  const jobs = await world.admin.campaign.jobs({ id: campaign.id, states: ["skipped"], limit: 2 });
  expect([jobs.items.length, jobs.total]).toEqual([2, 3]);
  const rest = await world.admin.campaign.jobs({
    id: campaign.id,
    states: ["skipped"],
    limit: 2,
    cursor: jobs.nextCursor ?? "",
  });
  expect([rest.items.length, rest.nextCursor]).toEqual([1, null]);
});

test("a group that is gone by the time of writing is named as the reason", async () => {
  const plan = { packageId, target: { kind: "group", groupId: "gone" } as const, waves };
  await expect(world.admin.campaign.create({ name: "X", ...plan })).rejects.toThrow(/group does not exist any more/);
});

test("a campaign for nobody is refused with a sentence, and so is a revoked package", async () => {
  const nobody = { kind: "query", query: { text: "no such light" } } as const;
  const preview = await world.admin.campaign.preview({ packageId, target: nobody, waves });
  expect(preview.problems[0]).toMatch(/No light matches/);
  await expect(world.admin.campaign.create({ name: "X", packageId, target: nobody, waves })).rejects.toMatchObject({
    code: "BAD_REQUEST",
    cause: { reason: "targets-nobody" },
  });
  const current = { kind: "devices", deviceIds: ["light-3"] } as const;
  await expect(world.admin.campaign.create({ name: "X", packageId, target: current, waves })).rejects.toThrow(
    /left out/,
  );
  const revoked = await addPackage(world, { version: "3.0.0", state: "revoked" });
  await expect(
    world.admin.campaign.create({ name: "X", packageId: revoked, target: everybody, waves }),
  ).rejects.toMatchObject({ code: "CONFLICT", cause: { reason: "package-revoked" } });
});

test("waves that add up to more than all lights are refused", async () => {
  const plan = { packageId, target: everybody, waves: [{ name: "Too many", percent: 101, gate }] };
  await expect(world.admin.campaign.create({ name: "X", ...plan })).rejects.toMatchObject({ code: "BAD_REQUEST" });
});

test("commands follow the table of actions, and reach the orchestrator only when allowed", async () => {
  const { id } = await world.admin.campaign.create({
    name: "Summer",
    packageId,
    target: everybody,
    waves,
    startNow: true,
  });
  expect(world.told).toContain(`start ${id}`);
  await expect(world.admin.campaign.resume({ id })).rejects.toThrow(/draft campaign cannot do "resume"/);
  expect(world.told).not.toContain(`resume ${id}`);
  await expect(world.as("viewer").campaign.start({ id })).rejects.toMatchObject({ code: "FORBIDDEN" });
  await world.admin.campaign.remove({ id });
  await expect(world.admin.campaign.get({ id })).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a start in the past is refused, one in the future is scheduled", async () => {
  const plan = { name: "Later", packageId, target: everybody, waves };
  await expect(world.admin.campaign.create({ ...plan, startAt: "2020-01-01T00:00:00Z" })).rejects.toThrow(
    /in the past/,
  );
  const { id, startAt } = await world.admin.campaign.create({ ...plan, startAt: "2040-01-01T00:00:00+02:00" });
  expect([startAt, world.told.at(-1)]).toEqual(["2039-12-31T22:00:00.000Z", `schedule ${id}`]);
});

test("revoking a package tells the orchestrator, and a package in use cannot be removed", async () => {
  await expect(world.admin.firmware.remove({ id: packageId })).rejects.toThrow(/uses this firmware/);
  expect((await world.admin.firmware.update({ id: packageId, state: "revoked" })).state).toBe("revoked");
  expect(world.told).toContain(`revoked ${packageId}`);
});

test("the overview counts lights by presence", async () => {
  const { lights, versions } = await world.admin.overview.summary();
  expect(lights).toMatchObject({ online: 5, offline: 1, pending: 1, total: 7 });
  expect(versions).toContainEqual({ version: "1.0.0", model: "L1", lights: 4 });
});
