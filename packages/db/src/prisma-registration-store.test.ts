import type { Registration } from "@lamplighter/lwm2m/registration";
import { seconds } from "@lamplighter/runtime/duration";
import { silentLog } from "@lamplighter/runtime/log";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PrismaRegistrationStore } from "./prisma-registration-store.ts";
import { openTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.pool.query('TRUNCATE "Registration", "Observation"'));

const newStore = (clock = new FakeClock(), limits = {}) =>
  new PrismaRegistrationStore({ pool: database.pool, clock, log: silentLog, node: "one", limits });

const registration = (id: string, endpoint: string, change: Partial<Registration> = {}): Registration => ({
  id,
  account: "default",
  endpoint,
  version: "1.1",
  lifetimeSeconds: 300,
  binding: "U",
  queueMode: false,
  address: "192.0.2.7:5683",
  rootPath: ['a"b', "c\\d"],
  objects: [
    { object: 3, instances: [0] },
    { object: 5, version: "1.1", instances: [] },
  ],
  contentFormats: [11542, 110],
  attributes: { "x-cell": "7" },
  registeredAt: 1_000,
  lastSeenAt: 1_000,
  expiresAt: 301_000,
  pending: false,
  ...change,
});

const saved = (store: PrismaRegistrationStore, r: Registration) =>
  new Promise<Error | undefined>((resolve) => store.save(r, resolve));
const removed = (store: PrismaRegistrationStore, id: string) =>
  new Promise<Error | undefined>((resolve) => store.remove(id, resolve));

describe("the registration store", () => {
  it("gives back exactly what was saved, for ever when it never expires", async () => {
    const full = registration("a", "lamp-1", {
      smsNumber: "+49123",
      expiresAt: Number.POSITIVE_INFINITY,
      lifetimeSeconds: 0,
    });
    const plain = registration("b", "lamp-2", { rootPath: [], objects: [], contentFormats: [], attributes: {} });
    const store = newStore();
    expect(await Promise.all([saved(store, full), saved(store, plain)])).toEqual([undefined, undefined]);
    const { registrations } = await newStore().load();
    expect([...registrations].sort((a, b) => a.id.localeCompare(b.id))).toEqual([full, plain]);
  });

  it("answers each of a thousand that arrive together, in a commit or two", async () => {
    const store = newStore();
    const all = Array.from({ length: 1_500 }, (_, i) => saved(store, registration(`id-${i}`, `lamp-${i}`)));
    expect((await Promise.all(all)).every((error) => error === undefined)).toBe(true);
    expect(store.counters.commits).toBeLessThanOrEqual(3);
    expect((await store.load()).registrations).toHaveLength(1_500);
  });

  it("lets the last of several calls for one light win, within one commit too", async () => {
    const store = newStore();
    const answers = [
      saved(store, registration("a", "lamp")),
      removed(store, "a"),
      saved(store, registration("b", "lamp")),
      saved(store, registration("c", "lamp")),
      saved(store, registration("d", "other")),
      removed(store, "d"),
    ];
    expect((await Promise.all(answers)).every((error) => error === undefined)).toBe(true);
    expect((await store.load()).registrations.map((r) => r.id)).toEqual(["c"]);
  });

  it("writes refreshes behind, after at most a second", async () => {
    const clock = new FakeClock();
    const store = newStore(clock);
    await saved(store, registration("a", "lamp"));
    store.refresh("a", 5_000, 305_000);
    store.refresh("unknown", 5_000, 305_000);
    expect((await store.load()).registrations[0]?.lastSeenAt).toBe(1_000);
    clock.advance(seconds(1));
    await store.flush();
    expect((await store.load()).registrations[0]).toMatchObject({ lastSeenAt: 5_000, expiresAt: 305_000 });
  });

  it("refreshes a registration whose save was still on its way", async () => {
    const store = newStore();
    const saving = saved(store, registration("a", "lamp"));
    store.refresh("a", 7_000, 307_000);
    await store.flush();
    expect(await saving).toBeUndefined();
    expect((await store.load()).registrations[0]?.lastSeenAt).toBe(7_000);
  });

  it("keeps observations while their registration lives and drops them when its id changes or it goes", async () => {
    const store = newStore();
    const observe = (token: string, id: string) =>
      store.saveObservation({ token, registrationId: id, endpoint: "lamp", path: "/5/0/3", accept: 110 });
    await saved(store, registration("a", "lamp"));
    observe("01", "a");
    observe("02", "a");
    store.removeObservation("02");
    await store.flush();
    expect((await store.load()).observations).toEqual([
      { token: "01", registrationId: "a", endpoint: "lamp", path: "/5/0/3", accept: 110 },
    ]);
    await saved(store, registration("b", "lamp"));
    expect((await store.load()).observations).toEqual([]);
    observe("03", "b");
    observe("04", "a");
    await store.flush();
    expect((await store.load()).observations.map((o) => o.token)).toEqual(["03"]);
    await removed(store, "b");
    expect(await store.load()).toEqual({ registrations: [], observations: [] });
  });

  it("answers one that the database cannot hold with the error, and stores the others of its commit", async () => {
    const store = newStore();
    const answers = await Promise.all([
      saved(store, registration("a", "lamp-1")),
      saved(store, registration("b", "la\u0000mp")),
      saved(store, registration("c", "lamp-3")),
    ]);
    expect(answers.map((error) => error === undefined)).toEqual([true, false, true]);
    expect((await store.load()).registrations.map((r) => r.id).sort()).toEqual(["a", "c"]);
  });

  it("tells those who wait when the database stays away, and takes the next when it is back", async () => {
    const clock = new FakeClock();
    const pool = Object.create(database.pool);
    let away = true;
    pool.query = (...args: Parameters<typeof database.pool.query>) =>
      away ? Promise.reject(new Error("gone")) : database.pool.query(...args);
    const store = new PrismaRegistrationStore({
      pool,
      clock,
      log: silentLog,
      node: "one",
      limits: { waitingMax: 2, batchMax: 1 },
    });
    const first = saved(store, registration("a", "lamp-1"));
    const second = saved(store, registration("b", "lamp-2"));
    expect((await saved(store, registration("c", "lamp-3")))?.message).toMatch(/Too many/);
    let answered = 0;
    void first.then(() => answered++);
    while (answered === 0) {
      clock.advance(seconds(1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await first)?.message).toBe("gone");
    away = false;
    while (answered === 1 && store.counters.committed === 0) {
      clock.advance(seconds(1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await second).toBeUndefined();
    expect((await store.load()).registrations.map((r) => r.id)).toEqual(["b"]);
  });
});
