import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "@lamplighter/runtime/log";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "./client.ts";
import { dataVersion } from "./data-version.ts";
import { DataTooNew } from "./database-errors.ts";
import { migrationsFolder, readMigrations, readSchema } from "./migration-files.ts";
import { migrate } from "./migrations.ts";
import { noFilters, withSchemaEngine } from "./schema-engine.ts";
import { openTestDatabase, type TestDatabase, temporaryFolder } from "./testing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

describe("migrations", () => {
  it("end at the schema that the client was generated from", async () => {
    const difference = await withSchemaEngine(database.url, (engine) =>
      engine.diff({
        from: { tag: "migrations", ...readMigrations() },
        to: { tag: "schemaDatamodel", files: [readSchema()] },
        script: true,
        exitCode: true,
        filters: noFilters,
      }),
    );
    expect(difference.stdout).toContain("This is an empty migration");
    expect(difference.exitCode).toBe(0);
  });

  it("are applied once, whoever asks again", async () => {
    expect(await migrate({ url: database.url })).toEqual([]);
    expect(await database.prisma.device.count()).toBe(0);
  });

  it("of two servers that start at once are applied by one", async () => {
    await database.pool.query("CREATE DATABASE twice");
    const url = Object.assign(new URL(database.url), { pathname: "/twice" }).href;
    const applied = await Promise.all([migrate({ url }), migrate({ url })]);
    expect(applied.flat()).toEqual(readMigrations().migrationDirectories.map((directory) => directory.path));
    await database.pool.query("DROP DATABASE twice");
  });

  it("that fail leave nothing behind and run again when they are mended", async () => {
    using folder = temporaryFolder();
    cpSync(migrationsFolder, folder.path, { recursive: true });
    const next = join(folder.path, "29990101000000_next");
    mkdirSync(next);
    writeFileSync(join(next, "migration.sql"), 'CREATE TABLE "Half" (a int);\nCREATE TABLE "Half" (a int);');
    await expect(migrate({ url: database.url, folder: folder.path })).rejects.toThrow(
      /could not be brought up to date.*"Half" already exists/s,
    );
    const half = await database.pool.query(`SELECT to_regclass('"Half"') AS half`);
    expect(half.rows[0]?.half).toBeNull();

    writeFileSync(join(next, "migration.sql"), "CREATE TABLE \"Whole\" (a text DEFAULT ';');");
    expect(await migrate({ url: database.url, folder: folder.path })).toEqual(["29990101000000_next"]);
    await database.pool.query('DROP TABLE "Whole"');
  });
});

describe("the data version", () => {
  it("is stamped when a database is opened", async () => {
    expect((await database.prisma.installation.findUniqueOrThrow({ where: { id: 1 } })).dataVersion).toBe(dataVersion);
  });

  it("refuses data of a newer Lamplighter in one sentence and leaves it alone", async () => {
    await database.prisma.installation.update({ where: { id: 1 }, data: { dataVersion: dataVersion + 1 } });
    const opening = openDatabase({ url: database.url, log: silentLog });
    await expect(opening).rejects.toBeInstanceOf(DataTooNew);
    await expect(opening).rejects.toThrow(
      `newer Lamplighter (data version ${dataVersion + 1}; this one reads up to ${dataVersion})`,
    );
    expect((await database.prisma.installation.findUniqueOrThrow({ where: { id: 1 } })).dataVersion).toBe(
      dataVersion + 1,
    );
    await database.prisma.installation.update({ where: { id: 1 }, data: { dataVersion } });
  });
});
