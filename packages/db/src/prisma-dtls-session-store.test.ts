import type { StoredSession } from "@lamplighter/dtls/session-store";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import {
  NotOurSessions,
  PrismaDtlsSessionStore,
  readDtlsGeneration,
  tickDtlsGeneration,
  writeDtlsGeneration,
} from "./prisma-dtls-session-store.ts";
import { openTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.pool.query('TRUNCATE "DtlsSession", "DtlsGeneration"');
  await writeDtlsGeneration(database.pool, { boot: "one", tick: 0 });
});

const newStore = (boot = "one") => new PrismaDtlsSessionStore({ pool: database.pool, boot });

const nothing = { put: [], progress: [], remove: [] };
const none = { sendBelow: 0, acceptedBelow: 0 };
const at = Date.UTC(2030, 0, 1, 12, 30, 15, 250);

const session = (name: string, change: Partial<StoredSession> = {}): StoredSession => ({
  name,
  sealed: Uint8Array.of(0, 255, 92, 39, 1),
  sendBelow: 1_024,
  acceptedBelow: 8,
  udpAddress: "192.0.2.7:5684",
  connectedAt: at,
  heardAt: at + 1,
  ...change,
});

const sorted = (rows: readonly StoredSession[]) => rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));

it("gives a connection back as it was put, with marks up to the last number there is", async () => {
  const store = newStore();
  const last = session("dtls:b", { sendBelow: 2 ** 48, acceptedBelow: 2 ** 48 });
  await store.save({ ...nothing, put: [session("dtls:a"), last] });
  expect(sorted(await store.takeUp(none))).toEqual([session("dtls:a"), last]);
});

it("raises the marks when they are taken up, so that a start that is killed at once used nothing twice", async () => {
  const store = newStore();
  await store.save({ ...nothing, put: [session("dtls:a")] });
  const ahead = { sendBelow: 1_024, acceptedBelow: 2 };
  expect((await store.takeUp(ahead))[0]).toMatchObject({ sendBelow: 1_024, acceptedBelow: 8 });
  expect((await store.takeUp(ahead))[0]).toMatchObject({ sendBelow: 2_048, acceptedBelow: 10 });
});

it("moves marks and address on, takes connections away, and puts others, all in one", async () => {
  const store = newStore();
  await store.save({ ...nothing, put: [session("dtls:a"), session("dtls:b")] });
  const moved = { name: "dtls:a", sendBelow: 5, acceptedBelow: 3, udpAddress: "[2001:db8::1]:1", heardAt: at + 9 };
  await store.save({ put: [session("dtls:c")], progress: [moved], remove: ["dtls:b", "dtls:never"] });
  expect(sorted(await store.takeUp(none))).toEqual([{ ...session("dtls:a"), ...moved }, session("dtls:c")]);
});

it("brings nobody back by its marks alone", async () => {
  const store = newStore();
  const { sealed: _, connectedAt: __, ...progress } = session("dtls:gone");
  await store.save({ ...nothing, progress: [progress] });
  expect(await store.takeUp(none)).toEqual([]);
});

it("stores a batch whole or not at all", async () => {
  const store = newStore();
  const impossible = session("dtls:b", { sendBelow: Number.NaN });
  const batch = { ...nothing, put: [session("dtls:a")], progress: [impossible] };
  await expect(store.save(batch)).rejects.toThrow();
  expect(await store.takeUp(none)).toEqual([]);
});

it("stores thousands at once", async () => {
  const store = newStore();
  const put = Array.from({ length: 5_000 }, (_, index) => session(`dtls:${index}`));
  await store.save({ ...nothing, put });
  expect(await store.takeUp(none)).toHaveLength(5_000);
  expect(await store.clear()).toBe(5_000);
});

it("knows which start of the server its connections are of", async () => {
  await writeDtlsGeneration(database.pool, { boot: "two", tick: 7 });
  expect(await readDtlsGeneration(database.pool)).toEqual({ boot: "two", tick: 7 });
  expect(await tickDtlsGeneration(database.pool, { boot: "two", tick: 8 })).toBe(true);
  expect(await readDtlsGeneration(database.pool)).toEqual({ boot: "two", tick: 8 });
});

it("does not move the generation of a database that was put back, or is another server's", async () => {
  await writeDtlsGeneration(database.pool, { boot: "one", tick: 3 });
  expect(await tickDtlsGeneration(database.pool, { boot: "one", tick: 9 })).toBe(false);
  expect(await tickDtlsGeneration(database.pool, { boot: "two", tick: 4 })).toBe(false);
  expect(await readDtlsGeneration(database.pool)).toEqual({ boot: "one", tick: 3 });
});

it("lets a server that was replaced write nothing more", async () => {
  const former = newStore();
  await former.save({ ...nothing, put: [session("dtls:a", { sendBelow: 5_000 })] });
  await writeDtlsGeneration(database.pool, { boot: "two", tick: 0 });
  const { sealed: _, connectedAt: __, ...back } = session("dtls:a", { sendBelow: 9 });
  await expect(former.save({ ...nothing, progress: [back] })).rejects.toThrow(NotOurSessions);
  expect((await newStore("two").takeUp(none))[0]?.sendBelow).toBe(5_000);
});

it("undoes no later save by one that is carried out late", async () => {
  const store = newStore();
  const marks = (sendBelow: number) => {
    const { sealed: _, connectedAt: __, ...progress } = session("dtls:a", { sendBelow });
    return { ...nothing, progress: [progress] };
  };
  await store.save({ ...nothing, put: [session("dtls:a")] });
  await store.save(marks(2_000));
  // The first save once more, as the database sees it that was busy: its number is the lower one.
  await database.pool.query(`UPDATE "DtlsSession" SET "batch" = 50`);
  await store.save(marks(3));
  expect((await store.takeUp(none))[0]?.sendBelow).toBe(2_000);
});
