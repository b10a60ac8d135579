import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { packCursor } from "../cursor.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.addLights([
    { name: "Alpha", model: "L1", street: "Main Road", firmwareVersion: "1.0.0", latitude: 48.2, longitude: 16.3 },
    { name: null, model: "L1", street: "Main Road", firmwareVersion: "1.1.0" },
    { name: "Gamma_1", model: "L2", street: "Park", presence: "offline" },
    { name: "Delta", model: null, presence: "pending" },
    { name: "Echo", model: "", street: "100%", presence: "never", demo: true },
  ]);
});
afterAll(() => world[Symbol.asyncDispose]());

const names = (page: { items: readonly { id: string }[] }) =>
  page.items.map(({ id }) => id.slice("light-".length)).join("");

test("a list is walked page by page without losing or doubling a light, whatever it is sorted by", async () => {
  for (const field of ["endpoint", "name", "model", "lastSeenAt", "presence", "street"] as const) {
    for (const direction of ["asc", "desc"] as const) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await world.admin.device.list({ sort: { field, direction }, limit: 2, ...(cursor && { cursor }) });
        expect(page.total).toBe(5);
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      expect([...seen].sort(), `${field} ${direction}`).toEqual([
        "light-1",
        "light-2",
        "light-3",
        "light-4",
        "light-5",
      ]);
    }
  }
});

test("lights without a name come last in both directions", async () => {
  const by = async (direction: "asc" | "desc") =>
    names(await world.admin.device.list({ sort: { field: "name", direction } }));
  expect((await by("asc")).at(-1)).toBe("2");
  expect((await by("desc")).at(-1)).toBe("2");
});

test("a made-up page marker is refused", async () => {
  await expect(world.admin.device.list({ cursor: "bm90IG91cnM" })).rejects.toMatchObject({ code: "BAD_REQUEST" });
});

test("lights are found by what they say of their lamp, and counted by it", async () => {
  const { prisma: db } = world.database;
  await db.device.update({ where: { id: "light-1" }, data: { lampFailure: true } });
  await db.device.update({ where: { id: "light-2" }, data: { lampFailure: false } });
  const find = async (operator: "is" | "is-not", values: string[]) =>
    names(await world.admin.device.list({ query: { where: [{ field: "lamp", operator, values }] } }));
  expect(await find("is", ["failed"])).toBe("1");
  expect(await find("is", ["ok"])).toBe("2");
  expect(await find("is", ["", "failed"])).toBe("1345");
  expect(await find("is-not", ["failed"])).toBe("2345");
  expect(await find("is-not", ["", "ok"])).toBe("1");
  expect([await find("is", ["broken"]), await find("is-not", ["broken"])]).toEqual(["", "12345"]);
  expect((await world.admin.device.facets({})).lamp).toEqual(
    expect.arrayContaining([
      { value: "", lights: 3 },
      { value: "failed", lights: 1 },
      { value: "ok", lights: 1 },
    ]),
  );
  await db.device.updateMany({ data: { lampFailure: null } });
});

test('"is" and "is not" treat what is not set as a value of its own', async () => {
  const find = async (operator: "is" | "is-not", values: string[]) =>
    names(await world.admin.device.list({ query: { where: [{ field: "model", operator, values }] } }));
  expect(await find("is", ["L1"])).toBe("12");
  expect(await find("is", ["L2", ""])).toBe("345");
  expect(await find("is-not", ["L1"])).toBe("345");
  expect(await find("is-not", ["L1", ""])).toBe("3");
});

test("a text is found in endpoint, name and street, and its wildcards are characters", async () => {
  const find = async (text: string) => names(await world.admin.device.list({ query: { text } }));
  expect(await find("MAIN")).toBe("12");
  expect(await find("light-3")).toBe("3");
  expect(await find("a_1")).toBe("3");
  expect(await find("0%")).toBe("5");
  expect(await find("_")).toBe("3");
});

test("count, facets and map agree with the list", async () => {
  const query = { where: [{ field: "street" as const, operator: "is" as const, values: ["Main Road"] }] };
  expect(await world.admin.device.count({ query })).toEqual({ lights: 2 });
  const facets = await world.admin.device.facets({});
  expect(facets.model).toContainEqual({ value: "L1", lights: 2 });
  expect(facets.presence).toContainEqual({ value: "pending", lights: 1 });
  const { points } = await world.admin.device.mapPoints({});
  expect(points).toEqual([["light-1", 16.3, 48.2, "online", null, null, "Alpha"]]);
});

test("nobody looks without a session, and a viewer changes nothing", async () => {
  await expect(world.as(undefined).device.list({})).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  await expect(world.as("viewer").device.remove({ ids: ["light-1"] })).rejects.toMatchObject({ code: "FORBIDDEN" });
});

test("a position needs both halves, and a person's position is marked as theirs", async () => {
  await expect(world.admin.device.updatePlace({ id: "light-2", latitude: 1 })).rejects.toThrow(
    /both latitude and longitude/,
  );
  const moved = await world.admin.device.updatePlace({ id: "light-2", latitude: 1, longitude: 2, name: "Beta" });
  expect(moved).toMatchObject({
    name: "Beta",
    latitude: 1,
    longitude: 2,
    placeSource: "operator",
    street: "Main Road",
  });
  await expect(world.admin.device.updatePlace({ id: "light-2", timeZone: "Mars/Base" })).rejects.toThrow(
    /no time zone/,
  );
  const cleared = await world.admin.device.updatePlace({ id: "light-2", name: null });
  expect(cleared.name).toBeNull();
  const { items } = await world.admin.device.timeline({ id: "light-2" });
  expect(items.map(({ kind }) => kind)).toEqual(["device.edited", "device.edited"]);
});

test("a pending light is accepted once, and the engine hears of it", async () => {
  expect(await world.admin.device.accept({ ids: ["light-4", "light-1"] })).toEqual({ lights: 1 });
  expect(world.asked).toContain("accept urn:dev:light-4");
  expect(world.services.enrolment.judge("urn:dev:light-4")).toBe("accept");
  expect(await world.admin.device.reject({ ids: ["light-4"] })).toEqual({ lights: 0 });
});

test("let in and turned away at the same moment, a light is the one or the other", async () => {
  const { db } = world.services;
  for (let round = 0; round < 5; round++) {
    const { id } = await db.device.create({
      data: { id: `both-${round}`, endpoint: `both-${round}`, presence: "pending" },
    });
    const [accepted, rejected] = await Promise.all([
      world.admin.device.accept({ ids: [id] }),
      world.admin.device.reject({ ids: [id] }),
    ]);
    expect(accepted.lights + rejected.lights).toBe(1);
    expect(await db.device.count({ where: { id } })).toBe(accepted.lights);
  }
});

test("a light that is removed loses its keys, in the table and for its next handshake; one that is turned away keeps them", async () => {
  const { db, security } = world.services;
  for (const [id, presence] of [
    ["stolen", "offline"],
    ["waiting", "pending"],
  ] as const) {
    await db.device.create({ data: { id, endpoint: id, presence } });
    for (const purpose of ["server", "bootstrap"] as const) {
      await world.admin.security.setCredential({ endpoint: id, purpose, mode: "psk" });
    }
  }
  const keyOf = (name: string) => security.store.keyOf("server", new TextEncoder().encode(name));
  expect(await world.admin.device.remove({ ids: ["stolen"] })).toEqual({ lights: 1 });
  expect(await world.admin.device.reject({ ids: ["waiting"] })).toEqual({ lights: 1 });
  expect(keyOf("stolen")).toBeUndefined();
  expect(keyOf("waiting")).toBeDefined();
  const kept = await db.credential.findMany({ where: { sealedKey: { not: null } } });
  expect(kept.map(({ endpoint }) => endpoint)).toEqual(["waiting", "waiting"]);
  expect(world.told).toContain("forget server stolen");
});

test("the demo goes in one act, with its town", async () => {
  expect(await world.admin.device.removeDemo()).toEqual({ lights: 1 });
  expect(world.told).toContain("end demo");
  expect(world.asked).toContain("deregister urn:dev:light-5");
  await expect(world.admin.device.get({ id: "light-5" })).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a page marker that is not ours, and a text that cannot be stored, are refused in words", async () => {
  const refused = { code: "BAD_REQUEST" };
  const list = world.admin.device.list;
  const sort = (field: "lastSeenAt" | "endpoint") => ({ field, direction: "asc" as const });
  await expect(
    list({ sort: sort("lastSeenAt"), cursor: packCursor({ id: "x", value: "garbage" }) }),
  ).rejects.toMatchObject(refused);
  await expect(list({ sort: sort("endpoint"), cursor: packCursor({ id: "x", value: null }) })).rejects.toMatchObject(
    refused,
  );
  await expect(list({ cursor: packCursor({ id: "x\0", value: "y" }) })).rejects.toMatchObject(refused);
  await expect(list({ query: { text: "a\0b" } })).rejects.toMatchObject(refused);
  await expect(list({ query: { text: "\ud800" } })).rejects.toMatchObject(refused);
});
