import { silentLog } from "@lamplighter/runtime/log";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "./client.ts";
import { DatabaseUnavailable } from "./database-errors.ts";
import { openTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const whyNot = (url: string) =>
  openDatabase({ url, log: silentLog }).then(
    () => "it opened",
    (error) => {
      expect(error).toBeInstanceOf(DatabaseUnavailable);
      return (error as Error).message;
    },
  );

const changed = (change: Partial<URL>) => Object.assign(new URL(database.url), change).href;

describe("opening a database", () => {
  it.each([
    ["nothing listens", () => changed({ port: "1" }), /does not answer \(nothing listens there\); check DATABASE_URL/],
    ["the password is wrong", () => changed({ password: "hunter2" }), /refuses this user or password/],
    ["there is no such database", () => changed({ pathname: "/nowhere" }), /has no database of that name/],
    ["the address is none", () => "mysql://me:hunter2@host/db", /DATABASE_URL is not a PostgreSQL address/],
    ["the address cannot be read", () => "postgresql://me:hunter2@[/db", /DATABASE_URL is not a PostgreSQL address/],
  ])("says in one sentence, without the password, that %s", async (_, url, words) => {
    const message = await whyNot(url());
    expect(message).toMatch(words);
    expect(message).not.toContain("hunter2");
    expect(message).not.toContain(new URL(database.url).password);
  });

  it("warns of a lost connection, but not of those it let go itself", async () => {
    const warnings: string[] = [];
    const opened = await openDatabase({
      url: database.url,
      log: { ...silentLog, warn: (message) => void warnings.push(message) },
      migrate: false,
    });
    const lose = () => opened.pool.emit("error", new Error("terminating connection"), {} as never);
    lose();
    expect(warnings).toEqual(["lost an idle database connection"]);
    const closed = opened.close();
    lose();
    await closed;
    lose();
    expect(warnings).toHaveLength(1);
  });

  it("reads and writes instants as UTC, through Prisma and by SQL", async () => {
    const at = new Date("2030-07-01T12:00:00.123Z");
    await database.prisma.event.create({ data: { at, actor: "system", kind: "test", message: "now" } });
    const { rows } = await database.pool.query<{ at: Date }>(`SELECT "at" FROM "Event" WHERE "kind" = 'test'`);
    expect(rows[0]?.at).toEqual(at);
    const zone = await database.pool.query("SHOW timezone");
    expect(zone.rows[0]).toEqual({ TimeZone: "UTC" });
  });
});
