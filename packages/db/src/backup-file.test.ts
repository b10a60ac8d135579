import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeBackup } from "./backup.ts";
import { checkBackupFile } from "./backup-file.ts";
import { openTestDatabase, temporaryFolder } from "./testing.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder[Symbol.dispose]());

test("a backup is one, also one that was cut short later", async () => {
  await using database = await openTestDatabase();
  const file = join(folder.path, "good");
  await writeBackup({ pool: database.pool, blobsFolder: join(folder.path, "blobs"), file, clock: new FakeClock() });
  await checkBackupFile(file);
  const cut = join(folder.path, "cut");
  const whole = readFileSync(file);
  writeFileSync(cut, whole.subarray(0, whole.length - 20));
  await checkBackupFile(cut);
});

test("what is not there, is a folder, or may not be read is named", async () => {
  await expect(checkBackupFile(join(folder.path, "none"))).rejects.toThrow(/There is no file .*none/);
  await expect(checkBackupFile(folder.path)).rejects.toThrow(/is a folder/);
  if (process.getuid?.() === 0) return;
  const locked = join(folder.path, "locked");
  writeFileSync(locked, "", { mode: 0 });
  await expect(checkBackupFile(locked)).rejects.toThrow(/cannot be read \(EACCES\)/);
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["text", Buffer.from("endpoint,name\n")],
  ["gzip of something else", gzipSync("hello")],
  ["gzip of nothing", gzipSync("")],
  ["gzip of noise", gzipSync(Buffer.alloc(5_000, 7))],
])("a file of %s is no backup", async (_, content) => {
  const file = join(folder.path, "other");
  writeFileSync(file, content);
  await expect(checkBackupFile(file)).rejects.toThrow(/is not a backup of Lamplighter/);
});
