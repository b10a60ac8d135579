import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { writeBackup } from "./backup.ts";
import { BackupRefused } from "./backup-format.ts";
import { DataTooNew } from "./database-errors.ts";
import { restoreBackup } from "./restore.ts";
import { takeServerLock } from "./server-lock.ts";
import { openTestDatabase, type TestDatabase, temporaryFolder } from "./testing.ts";

const image = Buffer.alloc(100_000, "firmware");
const sha256 = createHash("sha256").update(image).digest("hex");

let source: TestDatabase;
let folder: ReturnType<typeof temporaryFolder>;
let blobsFolder: string;
let file: string;

const back = (pool = source.pool) => writeBackup({ pool, blobsFolder, file, clock: new FakeClock() });

beforeAll(async () => {
  folder = temporaryFolder();
  blobsFolder = join(folder.path, "blobs");
  file = join(folder.path, "backup");
  mkdirSync(join(blobsFolder, sha256.slice(0, 2)), { recursive: true });
  writeFileSync(join(blobsFolder, sha256.slice(0, 2), sha256), image);
  source = await openTestDatabase();
  const { prisma } = source;
  const lights = Array.from({ length: 2_500 }, (_, i) => ({
    id: `${i}`,
    endpoint: `lamp-${i}`,
    latitude: 50 + i / 9_999,
    name: 'Ä "x"\n',
  }));
  await prisma.device.createMany({ data: lights });
  await prisma.blob.create({ data: { sha256, bytes: image.length } });
  await prisma.package.create({
    data: {
      id: "p",
      name: "F",
      version: "2",
      models: ["a,b", "c"],
      fileName: "f",
      format: "opaque",
      sha256,
      bytes: 1,
      createdBy: "me",
    },
  });
  await prisma.event.createMany({
    data: [1, 2, 3].map((n) => ({
      at: new Date(n),
      actor: "system",
      kind: "test",
      message: `${n}`,
      data: { big: "9007199254740993" },
    })),
  });
  await prisma.user.create({
    data: {
      id: "u",
      name: "Anna",
      email: "anna@example.org",
      sessions: { create: { id: "s", token: "t", expiresAt: new Date() } },
    },
  });
});
afterAll(async () => {
  await source.close();
  folder[Symbol.dispose]();
});

describe("a backup", () => {
  it("brings everything back in an empty installation, and nobody signed in", async () => {
    const report = await back();
    expect(report).toMatchObject({ blobs: 1, missing: [], bytes: statSync(file).size });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await using target = await openTestDatabase();
    using elsewhere = temporaryFolder();
    const restored = await restoreBackup({ url: target.url, blobsFolder: elsewhere.path, file, force: false });
    expect(restored).toEqual({ rows: report.rows, blobs: 1, createdAt: "2030-01-01T00:00:00.000Z" });
    for (const read of [
      (db: TestDatabase) => db.prisma.device.findMany({ orderBy: { id: "asc" } }),
      (db: TestDatabase) => db.prisma.package.findMany(),
      (db: TestDatabase) => db.prisma.event.findMany({ orderBy: { seq: "asc" } }),
      (db: TestDatabase) => db.prisma.user.findMany(),
      (db: TestDatabase) => db.prisma.installation.findMany(),
    ]) {
      expect(await read(target)).toEqual(await read(source));
    }
    expect(await target.prisma.session.count()).toBe(0);
    expect(readFileSync(join(elsewhere.path, sha256.slice(0, 2), sha256))).toEqual(image);
    const next = await target.prisma.event.create({
      data: { at: new Date(), actor: "system", kind: "test", message: "next" },
    });
    expect(next.seq).toBe(4n);
    await expect(
      target.prisma.job.create({
        data: {
          id: "j",
          campaignId: "none",
          deviceId: "none",
          endpoint: "x",
          waveOrdinal: 0,
          state: "planned",
          expectedVersion: "1",
        },
      }),
    ).rejects.toThrow();
  });

  it("is of one instant, whatever is written while it is taken", async () => {
    const before = await source.prisma.event.count();
    const taking = back();
    await source.prisma.event.create({ data: { at: new Date(), actor: "system", kind: "late", message: "late" } });
    await taking;
    await using target = await openTestDatabase();
    await restoreBackup({ url: target.url, blobsFolder, file, force: false });
    expect([before, before + 1]).toContain(await target.prisma.event.count());
    await source.prisma.event.deleteMany({ where: { kind: "late" } });
  });

  it("says which images are missing on disk, and holds the rest", async () => {
    const empty = join(folder.path, "empty");
    const report = await writeBackup({ pool: source.pool, blobsFolder: empty, file, clock: new FakeClock() });
    expect(report).toMatchObject({ blobs: 0, missing: [sha256] });
  });

  it("that cannot be written says so and leaves nothing behind", async () => {
    const writing = writeBackup({
      pool: source.pool,
      blobsFolder,
      file: join(folder.path, "no", "where"),
      clock: new FakeClock(),
    });
    await expect(writing).rejects.toThrow(/^The backup could not be written to \S+ \(ENOENT\)\.$/);
  });
});

describe("restoring", () => {
  let target: TestDatabase;
  beforeEach(async () => {
    await back();
    target = await openTestDatabase();
    await target.prisma.device.create({ data: { id: "mine", endpoint: "mine" } });
    return () => target.close();
  });
  const restore = (force: boolean) => restoreBackup({ url: target.url, blobsFolder, file, force });
  const devices = async () =>
    (await target.prisma.device.findMany({ select: { id: true }, take: 3 })).map((device) => device.id);

  it("refuses an installation that is not empty, unless forced", async () => {
    await expect(restore(false)).rejects.toThrow(/not empty; --force replaces everything/);
    expect(await devices()).toEqual(["mine"]);
    await restore(true);
    expect(await target.prisma.device.count()).toBe(2_500);
  });

  it("refuses while a server works with the database", async () => {
    const server = await target.pool.connect();
    expect(await takeServerLock(server)).toBe(true);
    await expect(restore(true)).rejects.toThrow(/stop it before restoring/);
    server.release(true);
  });

  it.each([
    [
      "without some of its rows",
      () => {
        const tar = gunzipSync(readFileSync(file));
        const end = tar.indexOf('{"rows":{');
        tar.write('{"rows":{"Device":9999},"blobs":1}'.padEnd(tar.indexOf("\0", end) - end), end);
        writeFileSync(file, gzipSync(tar));
      },
    ],
    ["cut short", () => writeFileSync(file, readFileSync(file).subarray(0, 5_000))],
    [
      "without its end",
      () => {
        const tar = gunzipSync(readFileSync(file));
        writeFileSync(file, gzipSync(tar.fill(0, tar.lastIndexOf("end.json"))));
      },
    ],
    ["not a backup", () => writeFileSync(file, "hello")],
    [
      "with a changed image",
      () => {
        const tar = gunzipSync(readFileSync(file));
        tar[tar.indexOf("firmwarefirmware")] = 0;
        writeFileSync(file, gzipSync(tar));
      },
    ],
    ["not there", () => rmSync(file)],
  ])("a file that is %s changes nothing", async (_, spoil) => {
    spoil();
    const restoring = restore(true);
    await expect(restoring).rejects.toBeInstanceOf(BackupRefused);
    expect(await devices()).toEqual(["mine"]);
  });

  it("refuses data of a newer Lamplighter", async () => {
    await source.prisma.installation.update({ where: { id: 1 }, data: { dataVersion: 99 } });
    await back();
    await source.prisma.installation.update({ where: { id: 1 }, data: { dataVersion: 1 } });
    const restoring = restore(true);
    await expect(restoring).rejects.toBeInstanceOf(DataTooNew);
    await expect(restoring).rejects.toThrow(/written by a newer Lamplighter \(data version 99/);
    expect(await devices()).toEqual(["mine"]);
  });
});
