import { decodeFactoryFile } from "@lamplighter/lwm2m/bootstrap/factory-file";
import { decodeSmartcardFile } from "@lamplighter/lwm2m/bootstrap/smartcard-file";
import { configurationOf, recordOf } from "@lamplighter/lwm2m/testing/bootstrap";
import { milliseconds } from "@lamplighter/runtime/duration";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { bootstrapListener, bootstrapStore } from "./listener.ts";

let world: World;
let refusal: string | undefined;
beforeAll(async () => {
  world = await openWorld({
    execute: async () =>
      refusal === undefined
        ? { kind: "ok", value: undefined, roundTrip: milliseconds(5) }
        : { kind: "error", code: refusal, message: "" },
    find: () => ({ objects: [{ object: 1, instances: [3] }] }) as never,
  });
  await world.addLights([{ model: "L1" }, { model: "L2" }]);
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.services.db.bootstrapConfiguration.deleteMany();
  await world.services.db.bootstrapRecord.deleteMany();
});

// As it travels: mutable arrays, and no key.
const configuration = configurationOf() as never;
const everybody = { name: "Everybody", target: { kind: "default" as const }, configuration };

test("a configuration is written, listed, changed and removed, and each is told in the audit", async () => {
  const { bootstrap, event } = world.admin;
  const made = await bootstrap.create(everybody);
  expect(made).toMatchObject({ name: "Everybody", target: { kind: "default" } });
  expect(made.configuration).toEqual(configurationOf());
  const target = { kind: "device" as const, endpoint: "urn:dev:light-1" };
  const changed = await bootstrap.update({ ...everybody, id: made.id, name: "One", target });
  expect(changed.target).toEqual({ ...target, deviceId: "light-1" });
  expect((await bootstrap.list({ search: "ONE" })).map(({ name }) => name)).toEqual(["One"]);
  await bootstrap.remove({ id: made.id });
  expect(await bootstrap.list()).toEqual([]);
  await expect(bootstrap.get({ id: made.id })).rejects.toThrow("does not exist");
  const { items } = await event.list({ kind: "bootstrap" });
  expect(items.slice(0, 3).map(({ kind }) => kind)).toEqual([
    "bootstrap.removed",
    "bootstrap.configured",
    "bootstrap.configured",
  ]);
});

test("who may not give keys may not have them handed out in the clear either, neither at first nor by a change", async () => {
  const supervisor = world.as("supervisor").bootstrap;
  const made = await supervisor.create(everybody);
  const inTheClear = { ...everybody, configuration: configurationOf({ handsOutKeysInTheClear: true }) as never };
  await expect(supervisor.create({ ...inTheClear, name: "Other" })).rejects.toThrow("security.write");
  await expect(supervisor.update({ ...inTheClear, id: made.id })).rejects.toThrow("security.write");
  await world.admin.bootstrap.update({ ...inTheClear, id: made.id });
  // Whom it is for is as much a part of it.
  await expect(supervisor.update({ ...inTheClear, id: made.id, name: "Wider" })).rejects.toThrow("security.write");
});

test("what a light would be lost with is refused, and the sentence says where", async () => {
  const { create } = world.admin.bootstrap;
  const wrong = configurationOf({ servers: [] }) as never;
  await expect(create({ ...everybody, configuration: wrong })).rejects.toThrow("servers");
  const [account] = configurationOf().security;
  const withKey = configurationOf({
    security: [{ ...account!, uri: "coaps://x", credentials: { mode: "psk", identity: "i", key: "00" } }],
  }) as never;
  await expect(create({ ...everybody, configuration: withKey })).rejects.toThrow("holds no keys");
  await expect(create({ ...everybody, target: { kind: "device", endpoint: " " } })).rejects.toThrow("endpoint name");
  await expect(create({ ...everybody, target: { kind: "group", groupId: "none" } })).rejects.toThrow("does not exist");
});

test("a name and a target belong to one configuration", async () => {
  const { create } = world.admin.bootstrap;
  await create(everybody);
  await expect(create({ ...everybody, target: { kind: "device", endpoint: "x" } })).rejects.toThrow(
    'called "Everybody"',
  );
  await expect(create({ ...everybody, name: "Another" })).rejects.toThrow('"Everybody" is for everybody else already');
});

test("a light gets its own configuration, else its group's, by members or by query, else the default", async () => {
  const { bootstrap, group } = world.admin;
  const query = { where: [{ field: "model" as const, operator: "is" as const, values: ["L2"] }] };
  const found = await group.create({ name: "All L2", kind: "query", query });
  await bootstrap.create(everybody);
  await bootstrap.create({ ...everybody, name: "L2", target: { kind: "group", groupId: found.id } });
  await bootstrap.create({ ...everybody, name: "First", target: { kind: "device", endpoint: "urn:dev:light-1" } });
  const store = bootstrapStore(world.services.db);
  const nameFor = async (endpoint: string) => (await store.configurationFor(endpoint))?.name;
  expect(await nameFor("urn:dev:light-1")).toBe("First");
  expect(await nameFor("urn:dev:light-2")).toBe("L2");
  expect(await nameFor("stranger")).toBe("Everybody");
});

test("a key in the database is never shown and never exported", async () => {
  const { db } = world.services;
  const document = configurationOf({
    security: [
      {
        uri: "coaps://192.0.2.1",
        isBootstrapServer: false,
        credentials: { mode: "psk", identity: "who-i-am", key: "c0ffee" },
        shortServerId: 1,
      },
    ],
  });
  await db.bootstrapConfiguration.create({
    data: { id: "k", name: "Keys", targetKind: "default", createdBy: "me", document: document as never },
  });
  const shown = JSON.stringify([await world.admin.bootstrap.get({ id: "k" }), await world.admin.bootstrap.list()]);
  expect(shown).not.toMatch(/c0ffee|who-i-am/);
  await expect(world.admin.bootstrap.export({ id: "k", kind: "factory" })).rejects.toThrow("keys go to lights alone");
});

test("a configuration is exported for a factory and for a card; alone, it holds the bootstrap account", async () => {
  const { bootstrap } = world.admin;
  const target = { kind: "device" as const, endpoint: "urn:dev:light-1" };
  const { id } = await bootstrap.create({ ...everybody, name: "Ship it!", target });
  const factory = await bootstrap.export({ id, kind: "factory" });
  expect(factory.fileName).toBe("ship-it.provisioning.json");
  const file = decodeFactoryFile(Buffer.from(factory.base64, "base64").toString());
  expect(file.endpoint).toBe("urn:dev:light-1");
  const card = await bootstrap.export({ id, kind: "smartcard" });
  expect(decodeSmartcardFile(new Uint8Array(Buffer.from(card.base64, "base64")))).toEqual(file.objects);
  const alone = await bootstrap.export({ id, kind: "factory", onlyBootstrap: true });
  expect(alone.fileName).toBe("ship-it.bootstrap-only.provisioning.json");
  const text = Buffer.from(alone.base64, "base64").toString();
  expect(text).toContain("coap://192.0.2.1:5783");
  expect(text).not.toContain("coap://192.0.2.1:5683");
});

test("the history comes newest first, of all or of one light, page by page", async () => {
  const store = bootstrapStore(world.services.db);
  for (const endpoint of ["urn:dev:light-1", "stranger", "urn:dev:light-1"]) await store.record(recordOf({ endpoint }));
  const { history } = world.admin.bootstrap;
  const first = await history({ limit: 2 });
  expect(first.total).toBe(3);
  expect(first.items.map(({ endpoint, deviceId }) => [endpoint, deviceId])).toEqual([
    ["urn:dev:light-1", "light-1"],
    ["stranger", null],
  ]);
  expect((await history({ cursor: first.nextCursor ?? undefined })).items).toHaveLength(1);
  expect((await history({ deviceId: "light-1" })).total).toBe(2);
  expect((await history({ search: "STRANG" })).total).toBe(1);
  expect((await history({ deviceId: "light-1" })).items[0]?.steps[0]?.note).toContain("/0/1");
});

test("a light is told to bootstrap at the instance of object 1 that it shows, and somebody is named for it", async () => {
  expect(await world.admin.bootstrap.trigger({ deviceId: "light-1" })).toMatchObject({ kind: "ok" });
  const { items } = await world.admin.event.list({ kind: "operation.execute" });
  expect(items[0]?.message).toBe("Execute /1/3/9 on urn:dev:light-1: done in 5 ms");
});

test("a light that knows no bootstrap server is not sent to one, and the sentence says why", async () => {
  refusal = "4.04";
  const told = await world.admin.bootstrap.trigger({ deviceId: "light-1" });
  refusal = undefined;
  expect(told).toMatchObject({ kind: "failed", message: expect.stringMatching(/4\.04.*it knows none/) });
});

test("a viewer may look, and change nothing", async () => {
  const { id } = await world.admin.bootstrap.create(everybody);
  const { bootstrap } = world.as("viewer");
  expect(await bootstrap.list()).toHaveLength(1);
  await expect(bootstrap.remove({ id })).rejects.toThrow("bootstrap.write");
  await expect(bootstrap.export({ id, kind: "factory" })).rejects.toThrow("bootstrap.write");
  await expect(bootstrap.trigger({ deviceId: "light-1" })).rejects.toThrow("device.operate.execute");
});

test("a refused light is told in the audit, but not without end", async () => {
  const { db, clock, log } = world.services;
  const listen = bootstrapListener({ db, clock, log });
  for (let count = 0; count < 70; count++) {
    listen({ kind: "refused", endpoint: `made-up-${count}`, address: "192.0.2.9:1", code: "4.00", why: "No." });
  }
  await expect.poll(async () => (await world.admin.event.list({ kind: "bootstrap.refused" })).total).toBe(60);
});
