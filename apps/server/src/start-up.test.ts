import { createSocket } from "node:dgram";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { openTestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { expect, test } from "vitest";
import { runServer, startServer } from "../test/running-server.ts";

async function refused(environment: Record<string, string>, flags: string[] = []): Promise<string> {
  using folder = temporaryFolder();
  const end = await runServer({ LAMPLIGHTER_DATA_FOLDER: folder.path, ...environment }, flags);
  if (!("code" in end)) {
    await end.stop("SIGKILL");
    throw new Error("The server came up.");
  }
  expect(end.code).toBe(1);
  const lines = end.said.trim().split("\n");
  expect(lines, end.said).toHaveLength(1);
  return lines[0] ?? "";
}

test("an HTTP port in use is named, with its setting", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const { port } = holder.address() as AddressInfo;
  const said = await refused({ LAMPLIGHTER_HTTP_PORT: String(port) });
  expect(said).toMatch(new RegExp(`HTTP port ${port} is in use already.*LAMPLIGHTER_HTTP_PORT`));
  holder.close();
});

test("a CoAP port in use is named, with its setting", async () => {
  const holder = createSocket("udp4");
  await new Promise<void>((resolve) => holder.bind(0, "127.0.0.1", resolve));
  const { port } = holder.address();
  const said = await refused({ LAMPLIGHTER_COAP_PORT: String(port) });
  expect(said).toMatch(new RegExp(`CoAP port ${port} is in use already.*LAMPLIGHTER_COAP_PORT`));
  holder.close();
});

test.each(["LAMPLIGHTER_HOST", "LAMPLIGHTER_COAP_HOST"])(
  "an address in %s that this machine has not is named",
  async (setting) => {
    for (const address of ["192.0.2.1", "no.such.host.invalid"]) {
      expect(await refused({ [setting]: address })).toMatch(
        new RegExp(`does not have that address. Correct ${setting}\\.`),
      );
    }
  },
);

test("a data folder that cannot be written is named", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "a-file");
  writeFileSync(file, "");
  expect(await refused({ LAMPLIGHTER_DATA_FOLDER: file })).toMatch(/data folder .*a-file cannot be written/);
  // Where Node's own recursive mkdir would try for ever.
  if (process.platform === "linux") {
    expect(await refused({ LAMPLIGHTER_DATA_FOLDER: "/proc/lamplighter" })).toMatch(/cannot be written \(ENOENT\)/);
  }
  if (process.getuid?.() === 0) return;
  const locked = join(folder.path, "locked");
  mkdirSync(locked);
  chmodSync(locked, 0o500);
  expect(await refused({ LAMPLIGHTER_DATA_FOLDER: locked })).toMatch(/cannot be written/);
});

test.each([
  ["postgresql://nobody:wrong@127.0.0.1:1/none", /127\.0\.0\.1:1\/none does not answer.*DATABASE_URL/],
  ["mysql://x", /DATABASE_URL is not a PostgreSQL address/],
])("a wrong DATABASE_URL is named without its password: %s", async (url, words) => {
  const said = await refused({ DATABASE_URL: url });
  expect(said).toMatch(words);
  expect(said).not.toContain("wrong@");
});

test("data of a newer version is refused and left as it is", async () => {
  await using database = await openTestDatabase();
  await database.prisma.installation.update({ where: { id: 1 }, data: { dataVersion: 999 } });
  expect(await refused({ DATABASE_URL: database.url })).toMatch(/newer Lamplighter/);
  expect((await database.prisma.installation.findUniqueOrThrow({ where: { id: 1 } })).dataVersion).toBe(999);
});

test("a second server on the same database is turned away", async () => {
  await using database = await openTestDatabase();
  using folder = temporaryFolder();
  const first = await runServer({ DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path });
  try {
    expect(await refused({ DATABASE_URL: database.url })).toMatch(/Another Lamplighter server/);
  } finally {
    if (!("code" in first)) await first.stop();
  }
});

test("a second server on one data folder is told so and nothing else, and the first goes on", async () => {
  using folder = temporaryFolder();
  const first = await startServer({ LAMPLIGHTER_DATA_FOLDER: folder.path });
  try {
    const said = await refused({ LAMPLIGHTER_DATA_FOLDER: folder.path });
    expect(said).toMatch(/cannot start: The data folder .* is in use by another Lamplighter server/);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  } finally {
    expect(await first.stop()).toBe(0);
  }
  expect(first.output()).not.toMatch(/"level":[45]0/);
});

test("a server whose database drops all connections holds its lock again, and serves on", async () => {
  await using database = await openTestDatabase();
  using folder = temporaryFolder();
  const first = await startServer({ DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path });
  try {
    await database.pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    expect(await refused({ DATABASE_URL: database.url })).toMatch(/Another Lamplighter server/);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  } finally {
    expect(await first.stop()).toBe(0);
  }
});

test.each([
  [{ LAMPLIGHTER_HTTP_PORT: "many" }, [], /LAMPLIGHTER_HTTP_PORT is wrong/],
  [{ LAMPLIGHTER_DOWNLOAD_URLS: "http://one,ftp://two" }, [], /LAMPLIGHTER_DOWNLOAD_URLS.1 is wrong: it takes http/],
  [{}, ["--colour"], /--no-console/],
] as const)("a setting that cannot be read is named: %j %j", async (environment, flags, words) => {
  expect(await refused({ ...environment }, [...flags])).toMatch(words);
});
