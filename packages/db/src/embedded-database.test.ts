import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "@lamplighter/runtime/log";
import { systemClock } from "@lamplighter/runtime/system-clock";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { DatabaseUnavailable } from "./database-errors.ts";
import { startEmbeddedDatabase } from "./embedded-database.ts";
import { temporaryFolder } from "./testing.ts";

const start = (dataFolder: string) =>
  startEmbeddedDatabase({ dataFolder, clock: systemClock(), log: silentLog, durable: false });

/** Starts the database in a process of its own, as a server does, and kills that process with SIGKILL. */
function startInServerAndKillIt(dataFolder: string): Promise<{ pid: number; url: string }> {
  const program = `
    import { startEmbeddedDatabase } from ${JSON.stringify(new URL("./embedded-database.ts", import.meta.url).href)};
    import { systemClock } from "@lamplighter/runtime/system-clock";
    import { silentLog } from "@lamplighter/runtime/log";
    const { pid, url } = await startEmbeddedDatabase({ dataFolder: ${JSON.stringify(dataFolder)}, clock: systemClock(), log: silentLog, durable: false });
    process.stdout.write(JSON.stringify({ pid, url }));
    setInterval(() => {}, 1000);`;
  const server = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: new URL("..", import.meta.url),
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve, reject) => {
    let output = "";
    server.stdout.once("data", (chunk: Buffer) => {
      output = chunk.toString("utf8");
      server.kill("SIGKILL");
    });
    server.once("exit", () => (output === "" ? reject(new Error("it ended early")) : resolve(JSON.parse(output))));
  });
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end();
  }
}

describe("the embedded database", () => {
  it("starts on an empty folder, listens on this machine only, and keeps its password from others", async () => {
    using folder = temporaryFolder();
    const database = await start(folder.path);
    expect(database.how).toBe("started");
    expect(await ask(database.url, "SHOW listen_addresses")).toEqual({ listen_addresses: "127.0.0.1" });
    expect(await ask(database.url, "SELECT lower('ÄRZTE') AS word")).toEqual({ word: "ärzte" });
    expect(statSync(join(folder.path, "database-password")).mode & 0o777).toBe(0o600);
    const wrong = Object.assign(new URL(database.url), { password: "guess" }).href;
    await expect(ask(wrong, "SELECT 1")).rejects.toThrow(/password authentication failed/);
    await database.stop();
    await expect(ask(database.url, "SELECT 1")).rejects.toThrow(/ECONNREFUSED/);
  });

  it("that outlived a killed server is adopted with everything in it", async () => {
    using folder = temporaryFolder();
    const orphan = await startInServerAndKillIt(folder.path);
    await ask(orphan.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    const adopted = await start(folder.path);
    expect({ how: adopted.how, pid: adopted.pid }).toEqual({ how: "adopted", pid: orphan.pid });
    expect(await ask(adopted.url, "SELECT answer FROM kept")).toEqual({ answer: 42 });
    await adopted.stop();
  });

  it("that was killed itself is started again, though its file names a process that lives", async () => {
    using folder = temporaryFolder();
    const first = await start(folder.path);
    const file = join(folder.path, "postgres-18", "postmaster.pid");
    const lines = readFileSync(file, "utf8").split("\n");
    await first.stop();
    writeFileSync(file, [String(process.pid), ...lines.slice(1)].join("\n"));
    const second = await start(folder.path);
    expect(second.how).toBe("started");
    await second.stop();
  });

  it("is one, when two servers start on an empty folder at once", async () => {
    using folder = temporaryFolder();
    const [one, two] = await Promise.all([start(folder.path), start(folder.path)]);
    expect(two.pid).toBe(one.pid);
    expect([one.how, two.how].sort()).toEqual(["adopted", "started"]);
    await one.stop();
    await two.stop();
  });

  it("runs below a folder that only its owner may enter", async () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o700);
    const database = await start(join(folder.path, "data"));
    expect(await ask(database.url, "SELECT 1 AS one")).toEqual({ one: 1 });
    await database.stop();
  });

  it("starts from a copy that was made without its modes, and closes it to others again", async () => {
    using folder = temporaryFolder();
    const first = await start(folder.path);
    await first.stop();
    const kept = [join(folder.path, "postgres-18"), join(folder.path, "database-password")];
    for (const path of kept) chmodSync(path, 0o755);
    const second = await start(folder.path);
    expect(kept.map((path) => statSync(path).mode & 0o077)).toEqual([0, 0]);
    await second.stop();
  });

  it("says in one sentence that its folder cannot be written", async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "file"), "");
    const starting = start(join(folder.path, "file", "data"));
    await expect(starting).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(starting).rejects.toThrow(/^The data folder \S+ cannot be used by this user \(ENOTDIR\)/);
  });

  it.skipIf(process.platform !== "linux")("says so too where the system lets nobody make folders", async () => {
    await expect(start("/proc/lamplighter/data")).rejects.toThrow(/^The data folder \S+ cannot be used .*\(ENOENT\)/);
  });

  it("does not make a new cluster beside one of another PostgreSQL, and misses a lost password", async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, "postgres-17"));
    await expect(start(folder.path)).rejects.toThrow(/holds postgres-17, written by another version/);
    using other = temporaryFolder();
    mkdirSync(join(other.path, "postgres-18"));
    await expect(start(other.path)).rejects.toThrow(/password file \S+ is missing/);
  });
});
