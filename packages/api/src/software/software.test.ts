import { type NewSoftwareTask, SoftwareDesk } from "@lamplighter/campaigns/software/software-desk";
import type { SoftwareGateway } from "@lamplighter/campaigns/software/software-gateway";
import { PrismaSoftwareStore } from "@lamplighter/db/prisma-software-store";
import type { Registration } from "@lamplighter/lwm2m/registration";
import { milliseconds } from "@lamplighter/runtime/duration";
import { silentLog } from "@lamplighter/runtime/log";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { addPackage, openWorld, type World } from "../../test/world.ts";
import { watchedSoftwareStore } from "../live/watched-software-store.ts";

const deviceId = "light-1";
const endpoint = "urn:dev:light-1";

let world: World;
let begun: NewSoftwareTask[];
let packageId: string;
beforeAll(async () => {
  world = await openWorld();
  await world.services.db.user.create({ data: { id: "user-1", name: "Ada", email: "ada@example.org" } });
});
afterAll(() => world[Symbol.asyncDispose]());

/** A light that never answers: every task stays in its first phase. */
const silentGateway = {
  isRegistered: () => true,
  create: () => new Promise(() => {}),
  read: () => new Promise(() => {}),
  readDelivery: () => new Promise(() => {}),
  onSign: () => () => {},
} as unknown as SoftwareGateway;

beforeEach(async () => {
  const { db, clock, newId, live } = world.services;
  await world.database.pool.query('TRUNCATE "Device", "Event", "Package", "Blob", "Campaign" CASCADE');
  await world.addLights([{ model: "LC-200", hardwareRevision: "B" }]);
  world.registrations.set(endpoint, registered([{ object: 9, instances: [1, 0] }]));
  packageId = await addPackage(world, { kind: "software", name: "Driver" });
  begun = [];
  const desk = new SoftwareDesk({
    newId,
    world: {
      store: watchedSoftwareStore(new PrismaSoftwareStore({ db, node: "one" }), live),
      ...{ gateway: silentGateway, clock, log: silentLog, image: async () => new Uint8Array() },
    },
  });
  const begin = (task: NewSoftwareTask) => {
    begun.push(task);
    return desk.begin(task);
  };
  Object.assign(world.services.software, {
    ...{
      begin,
      install: desk.install.bind(desk),
      cancel: desk.cancel.bind(desk),
      cancelAll: desk.cancelAll.bind(desk),
    },
  });
});

function registered(objects: readonly { object: number; instances: readonly number[] }[]): Registration {
  return { endpoint, queueMode: false, pending: false, objects } as unknown as Registration;
}

async function seen(path: string, type: "string" | "integer" | "boolean", value: string | boolean) {
  const at = new Date("2030-01-01T00:00:00Z");
  await world.services.db.resourceReading.create({
    data: { deviceId, path, value: { type, value }, source: "read", at },
  });
}

const install = (change: Partial<Parameters<World["admin"]["software"]["install"]>[0]> = {}) =>
  world.admin.software.install({ deviceId, instance: 0, packageId, ...change });

test("the software of a light is listed as it was last seen", async () => {
  await seen("/9/0/0", "string", "Luminaire driver");
  await seen("/9/0/1", "string", "1.0.0");
  await seen("/9/0/7", "integer", "4");
  await seen("/9/0/9", "integer", "2");
  await seen("/9/0/12", "boolean", true);
  await seen("/9/1/7", "integer", "0");
  await seen("/9/1/9", "integer", "53");
  expect(await world.as("viewer").software.list({ deviceId })).toEqual({
    hasObject: true,
    instances: [
      {
        ...{ instance: 0, name: "Luminaire driver", version: "1.0.0", state: "Installed", isInstalled: true },
        ...{ isActive: true, trouble: null, at: "2030-01-01T00:00:00.000Z" },
      },
      {
        ...{ instance: 1, name: null, version: null, state: "Initial", isInstalled: false, isActive: null },
        ...{ trouble: "The package did not pass the light's integrity check.", at: "2030-01-01T00:00:00.000Z" },
      },
    ],
    tasks: [],
  });
});

test("a light without object 9 says so, and takes no packages", async () => {
  world.registrations.set(endpoint, registered([{ object: 5, instances: [0] }]));
  expect(await world.admin.software.list({ deviceId })).toMatchObject({ hasObject: false, instances: [] });
  await expect(install()).rejects.toMatchObject({ message: /no Software Management object/ });
});

test("an installation is asked for, listed with who asked, told of in the timeline, and called back", async () => {
  const { taskId } = await install({ delivery: "pull", installs: "when-told", activates: false });
  expect(begun).toMatchObject([
    {
      instance: 0,
      installs: "when-told",
      wish: { kind: "install", version: "2.0.0", creates: false, activates: false },
    },
  ]);
  const [task] = (await world.admin.software.list({ deviceId })).tasks;
  expect(task).toMatchObject({
    ...{ id: taskId, wish: "install", phase: "examining", delivery: "pull", askedBy: "Ada", mayCancel: true },
    ...{ package: { name: "Driver", version: "2.0.0" }, endedAt: null, failure: null },
  });
  await expect(world.admin.software.installNow({ taskId })).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(install({ instance: 1 })).rejects.toMatchObject({ message: /under way/ });
  await world.admin.software.cancel({ taskId });
  await expect
    .poll(async () => (await world.admin.software.list({ deviceId })).tasks[0])
    .toMatchObject({ phase: "cancelled", endedAt: expect.any(String) });
  await expect(world.admin.software.cancel({ taskId })).rejects.toMatchObject({ code: "CONFLICT" });
  const { items } = await world.admin.device.timeline({ id: deviceId });
  expect(items.map(({ kind }) => kind).sort()).toEqual([
    ...["software.asked", "software.called-back", "software.cancelled"],
  ]);
});

test("stop everything calls software changes back, too, and says so", async () => {
  await install({ instance: 0 });
  expect(await world.admin.campaign.stopEverything()).toEqual({ campaigns: 0, software: 1 });
  await expect
    .poll(async () => (await world.admin.software.list({ deviceId })).tasks[0])
    .toMatchObject({ phase: "cancelled" });
  expect(await world.admin.campaign.stopEverything()).toEqual({ campaigns: 0, software: 0 });
});

test("new software gets the first instance that is free", async () => {
  await install({ instance: "new" });
  expect(begun).toMatchObject([{ instance: 2, wish: { creates: true } }]);
});

test.each([
  ["activate", { kind: "activate" }],
  ["deactivate", { kind: "deactivate" }],
  ["uninstall", { kind: "uninstall", forUpdate: false }],
  ["make-ready", { kind: "uninstall", forUpdate: true }],
] as const)("to %s is handed on", async (wish, asked) => {
  await world.admin.software.change({ deviceId, instance: 1, wish });
  expect(begun).toMatchObject([{ instance: 1, wish: asked }]);
  expect((await world.admin.software.list({ deviceId })).tasks).toMatchObject([
    { wish, package: null, delivery: null },
  ]);
});

test("what cannot be is refused with a sentence", async () => {
  const { db } = world.services;
  const firmware = await addPackage(world, { version: "3.0.0" });
  await expect(install({ packageId: firmware })).rejects.toMatchObject({ message: /firmware for the whole light/ });
  await expect(install({ instance: 7 })).rejects.toMatchObject({ code: "NOT_FOUND" });
  await db.package.update({ where: { id: packageId }, data: { models: ["LC-100"] } });
  await expect(install()).rejects.toMatchObject({ message: /not for this light's model/ });
  await db.package.update({ where: { id: packageId }, data: { models: ["LC-200"], state: "revoked" } });
  await expect(install()).rejects.toMatchObject({ message: /revoked/ });
  world.registrations.delete(endpoint);
  await expect(world.admin.software.change({ deviceId, instance: 0, wish: "activate" })).rejects.toMatchObject({
    code: "PRECONDITION_FAILED",
  });
  expect(begun).toEqual([]);
});

test("only who may install may ask, and an operator may look", async () => {
  const operator = world.as("operator");
  await expect(operator.software.install({ deviceId, instance: 0, packageId })).rejects.toMatchObject({
    code: "FORBIDDEN",
  });
  await expect(operator.software.change({ deviceId, instance: 0, wish: "activate" })).rejects.toMatchObject({
    code: "FORBIDDEN",
  });
  expect((await operator.software.list({ deviceId })).tasks).toEqual([]);
  expect(
    (await world.as("supervisor").software.change({ deviceId, instance: 0, wish: "activate" })).taskId,
  ).toBeTruthy();
});

test("while a change is under way its object is not touched by hand, and its package not removed", async () => {
  await install();
  const path = "/9/0/6";
  await expect(world.admin.operation.execute({ deviceId, path })).rejects.toMatchObject({
    message: /software is under way/,
  });
  expect(await world.admin.operation.read({ deviceId, path: "/9/0/7" })).toMatchObject({ kind: "failed" });
  await expect(world.admin.firmware.remove({ id: packageId })).rejects.toMatchObject({ message: /being brought/ });
});

test("a package that is revoked is called back from the lights that it is on its way to", async () => {
  await install();
  await world.admin.firmware.update({ id: packageId, state: "revoked" });
  await expect
    .poll(async () => (await world.admin.software.list({ deviceId })).tasks[0])
    .toMatchObject({ phase: "cancelled" });
});

test("software is no firmware for a campaign", async () => {
  const gate = { failedPercentMax: 5, lostMax: 2, succeededPercentMin: 90, manual: false };
  const plan = {
    packageId,
    target: { kind: "devices" as const, deviceIds: [deviceId] },
    waves: [{ name: "All", percent: 100, gate }],
  };
  await expect(world.admin.campaign.preview(plan)).rejects.toMatchObject({ message: /software for a part of a light/ });
});

test("tabs are told that a light's software moved", async () => {
  const left = new AbortController();
  const events = world.services.live.follow(
    { topics: [], deviceId },
    { lastEventId: undefined, signal: left.signal, hasRoom: () => true },
  );
  await events.next();
  await install();
  world.clock.advance(milliseconds(250));
  expect((await events.next()).value?.event).toMatchObject({ kind: "devices-changed", deviceIds: [deviceId] });
  left.abort();
});
