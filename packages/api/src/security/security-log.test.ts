import { milliseconds, minutes } from "@lamplighter/runtime/duration";
import { silentLog } from "@lamplighter/runtime/log";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { SecurityLog, securityEventsMax, toldApartPerMinuteMax } from "./security-log.ts";

let world: World;
let log: SecurityLog;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  const { db, clock } = world.services;
  await db.securityEvent.deleteMany();
  log = new SecurityLog({ db, clock, log: silentLog });
});
const bytes = (text: string) => new TextEncoder().encode(text);
const stranger = (name: string) =>
  log.note({ kind: "unknown-identity", identity: bytes(name), address: "192.0.2.9:1", detail: "x" });
const rows = (kind: string) => world.services.db.securityEvent.findMany({ where: { kind } });

test("names that strangers make up are bounded, and do not cover that a light's own key was used for another", async () => {
  for (let at = 0; at < 5_000; at++) stranger(`stranger-${at}`);
  log.note({ kind: "wrong-name", endpoint: "light-1", address: "192.0.2.7:1", detail: "x" });
  await log.flush();
  expect((await rows("unknown-identity")).length).toBe(toldApartPerMinuteMax);
  expect(await rows("more")).toMatchObject([{ count: 5_000 - toldApartPerMinuteMax }]);
  expect(await rows("wrong-name")).toMatchObject([{ endpoint: "light-1", count: 1 }]);
});

test("the same within a minute is one row with a count, from whichever port, and a new row after it", async () => {
  for (const port of [1, 2, 3]) log.note({ kind: "wrong-key", address: `192.0.2.9:${port}`, detail: "x" });
  await log.flush();
  log.note({ kind: "wrong-key", address: "192.0.2.9:4", detail: "x" });
  await log.flush();
  expect(await rows("wrong-key")).toMatchObject([{ count: 4 }]);
  world.clock.advance(milliseconds(minutes(1)));
  log.note({ kind: "wrong-key", address: "192.0.2.9:4", detail: "x" });
  await log.flush();
  expect((await rows("wrong-key")).map(({ count }) => count)).toEqual([4, 1]);
});

test("a flood of months does not push out what matters: each room has its own rows", async () => {
  const { db } = world.services;
  log.note({ kind: "wrong-name", endpoint: "light-1", detail: "x" });
  await log.flush();
  await db.$executeRaw`
    INSERT INTO "SecurityEvent" ("at", "lastAt", "kind", "detail")
    SELECT now(), now(), 'unknown-identity', 'x' FROM generate_series(1, ${securityEventsMax.noise + 5_000})`;
  const other = new SecurityLog({ db, clock: world.clock, log: silentLog });
  other.note({ kind: "unknown-identity", identity: bytes("last"), detail: "x" });
  await other.flush();
  expect(await db.securityEvent.count({ where: { kind: "unknown-identity" } })).toBe(securityEventsMax.noise);
  expect(await rows("wrong-name")).toHaveLength(1);
});
