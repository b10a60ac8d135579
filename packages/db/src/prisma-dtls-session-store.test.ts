import type { StoredSession } from "@lamplighter/dtls/session-store";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { PrismaDtlsSessionStore, readDtlsGeneration, writeDtlsGeneration } from "./prisma-dtls-session-store.ts";
import { openTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.pool.query('TRUNCATE "DtlsSession", "DtlsGeneration"'));

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
  const store = new PrismaDtlsSessionStore(database);
  const last = session("dtls:b", { sendBelow: 2 ** 48, acceptedBelow: 2 ** 48 });
  await store.save({ ...nothing, put: [session("dtls:a"), last] });
  expect(sorted(await store.takeUp(none))).toEqual([session("dtls:a"), last]);
});

it("raises the marks when they are taken up, so that a start that is killed at once used nothing twice", async () => {
  const store = new PrismaDtlsSessionStore(database);
  await store.save({ ...nothing, put: [session("dtls:a")] });
  const ahead = { sendBelow: 1_024, acceptedBelow: 2 };
  expect((await store.takeUp(ahead))[0]).toMatchObject({ sendBelow: 1_024, acceptedBelow: 8 });
  expect((await store.takeUp(ahead))[0]).toMatchObject({ sendBelow: 2_048, acceptedBelow: 10 });
});

it("moves marks and address on, takes connections away, and puts others, all in one", async () => {
  const store = new PrismaDtlsSessionStore(database);
  await store.save({ ...nothing, put: [session("dtls:a"), session("dtls:b")] });
  const moved = { name: "dtls:a", sendBelow: 5, acceptedBelow: 3, udpAddress: "[2001:db8::1]:1", heardAt: at + 9 };
  await store.save({ put: [session("dtls:c")], progress: [moved], remove: ["dtls:b", "dtls:never"] });
  expect(sorted(await store.takeUp(none))).toEqual([{ ...session("dtls:a"), ...moved }, session("dtls:c")]);
});

it("brings nobody back by its marks alone", async () => {
  const store = new PrismaDtlsSessionStore(database);
  const { sealed: _, connectedAt: __, ...progress } = session("dtls:gone");
  await store.save({ ...nothing, progress: [progress] });
  expect(await store.takeUp(none)).toEqual([]);
});

it("stores a batch whole or not at all", async () => {
  const store = new PrismaDtlsSessionStore(database);
  const impossible = session("dtls:b", { sendBelow: Number.NaN });
  const batch = { ...nothing, put: [session("dtls:a")], progress: [impossible] };
  await expect(store.save(batch)).rejects.toThrow();
  expect(await store.takeUp(none)).toEqual([]);
});

it("stores thousands at once", async () => {
  const store = new PrismaDtlsSessionStore(database);
  const put = Array.from({ length: 5_000 }, (_, index) => session(`dtls:${index}`));
  await store.save({ ...nothing, put });
  expect(await store.takeUp(none)).toHaveLength(5_000);
  expect(await store.clear()).toBe(5_000);
});

it("knows which start of the server its connections are of", async () => {
  expect(await readDtlsGeneration(database.pool)).toBeUndefined();
  await writeDtlsGeneration(database.pool, { boot: "one", tick: 0 });
  await writeDtlsGeneration(database.pool, { boot: "two", tick: 7 });
  expect(await readDtlsGeneration(database.pool)).toEqual({ boot: "two", tick: 7 });
});
