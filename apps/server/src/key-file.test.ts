import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openTestDatabase, type TestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import type { Log } from "@lamplighter/runtime/log";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openMasterKey } from "./key-file.ts";

let database: TestDatabase;
let folder: ReturnType<typeof temporaryFolder>;
const said: string[] = [];
const say = (message: string) => void said.push(message);
const log: Log = { debug: say, info: say, warn: say, error: say };
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database?.close());
beforeEach(async () => {
  folder?.[Symbol.dispose]();
  folder = temporaryFolder();
  said.length = 0;
  await database.prisma.installation.update({ where: { id: 1 }, data: { keyCheck: null } });
  await database.prisma.credential.deleteMany();
});

const at = new Date("2030-01-01");
const open = ({
  mayMake = true,
  ...given
}: Partial<Parameters<typeof openMasterKey>[0]> & { mayMake?: boolean } = {}) => {
  const config = {
    masterKey: undefined,
    masterKeyFile: undefined,
    forgetKeys: false,
    dataFolder: folder.path,
    ...given,
  };
  return openMasterKey(config, { db: database.prisma, log, at, mayMake });
};
const file = () => join(folder.path, "master.key");
async function lightWithKey(): Promise<void> {
  const { credentials } = await open();
  const sealedKey = Uint8Array.from(credentials.seal(randomBytes(16), "x"));
  const row = { endpoint: "light-1", purpose: "server", mode: "psk", state: "active", source: "generated" };
  await database.prisma.credential.create({
    data: { id: "one", ...row, sealedKey, createdBy: "x", createdAt: at, updatedAt: at },
  });
}
const keys = () => database.prisma.credential.count({ where: { sealedKey: { not: null } } });

test("a key is made once, for this user alone, and opens the same locks at the next start", async () => {
  const first = await open();
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  const sealed = first.sessions.seal(Uint8Array.of(1), "place");
  expect((await open()).sessions.open(sealed, "place")).toEqual(Uint8Array.of(1));
  expect(first.credentials.open(sealed, "place")).toBeUndefined();
});

test("another key, half a key, and none where there was one, are refused with a sentence that shows no key", async () => {
  await lightWithKey();
  const own = readFileSync(file(), "utf8").trim();
  const other = randomBytes(32).toString("hex");
  await expect(open({ masterKey: other })).rejects.toThrow("is not the one that this data was sealed with");
  writeFileSync(file(), own.slice(0, 40));
  await expect(open()).rejects.toThrow("is not 32 bytes");
  rmSync(file());
  await expect(open()).rejects.toThrow("is missing");
  await expect(open({ masterKeyFile: join(folder.path, "none") })).rejects.toThrow(
    "(LAMPLIGHTER_KEY_FILE) cannot be read: there is no such file",
  );
  await expect(open({ masterKey: "not a key" })).rejects.toThrow(/^((?!not a key).)*$/);
  expect(await keys()).toBe(1);
  expect(said.join()).not.toContain(own.slice(0, 8));
});

test("--forget-keys throws away what no key opens, and keeps what the present one opens: it may be left in a service file", async () => {
  await lightWithKey();
  await open({ forgetKeys: true });
  expect(await keys()).toBe(1);
  rmSync(file());
  await expect(open({ forgetKeys: true, mayMake: false })).rejects.toThrow("for the main server");
  expect(await keys()).toBe(1);
  await open({ forgetKeys: true });
  expect(await keys()).toBe(0);
  await open({ forgetKeys: true });
  await open();
});

test("a master key that others can read is taken from them, or said where the file is a person's own", async () => {
  await open();
  chmodSync(file(), 0o644);
  await open();
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(said.join()).toContain("Others could read the master key");
  chmodSync(file(), 0o644);
  await open({ masterKeyFile: file() });
  expect(statSync(file()).mode & 0o777).toBe(0o644);
  expect(said.join()).toContain("Everybody may read the master key");
});
