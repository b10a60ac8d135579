import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openTestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { expect, test } from "vitest";
import { openTab, type RunningServer, runServer, startServer } from "../test/running-server.ts";

/** The server with two simulated lights. */
async function startDemoServer(environment: Record<string, string>): Promise<RunningServer> {
  const lights = {
    LAMPLIGHTER_DEMO_LIGHTS: "2",
    LAMPLIGHTER_DEMO_REFERENCE_LIGHTS: "0",
    LAMPLIGHTER_DEMO_SLEEPY_LIGHTS: "0",
  };
  const server = await runServer({ ...environment, ...lights }, ["--demo"]);
  if ("code" in server) throw new Error(`The server ended with ${server.code}: ${server.said}`);
  return server;
}

/** Follows the printed link; returns the session's cookie. */
async function signIn({ signInLink }: RunningServer): Promise<string> {
  const answer = await fetch(signInLink, { redirect: "manual" });
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}

test("the demo brings a firmware once, and what a person removed or changed stays so", async () => {
  await using database = await openTestDatabase();
  using folder = temporaryFolder();
  const settings = { DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path };
  {
    await using server = await startDemoServer(settings);
    const tab = openTab(server, await signIn(server));
    const firmware = await tab.until(async () => (await tab.api.firmware.list.query({}))[0]);
    expect(firmware).toMatchObject({
      ...{ name: "Lumen Works sample", version: "2.0.0", headerVersion: "2.0.0", state: "released" },
      models: ["LC-100", "LC-200"],
    });
    await tab.api.firmware.remove.mutate({ id: firmware.id });
    tab.close();
    expect(await server.stop()).toBe(0);
    expect(server.output()).not.toMatch(/"level":[45]0/);
  }
  {
    await using server = await startDemoServer(settings);
    const tab = openTab(server, await signIn(server));
    await tab.until(async () => {
      const { items } = await tab.api.device.list.query({});
      return items.length === 2 && items.every(({ presence }) => presence === "online") ? items : undefined;
    });
    expect(await tab.api.firmware.list.query({})).toEqual([]);
    // Some of its lights speak DTLS, with the keys that they had at the start before.
    const { registered, credentials } = await tab.api.security.light.query({ endpoint: "light-00001" });
    expect([registered, credentials.map(({ state }) => state)]).toEqual(["secure", ["active"]]);
    expect((await tab.api.security.light.query({ endpoint: "light-00002" })).registered).toBe("clear");
    tab.close();
    expect(await server.stop()).toBe(0);
    expect(existsSync(join(folder.path, "demo-keys.csv"))).toBe(false);
  }
});

test("whoever tried the demo has no key to the installation without it", async () => {
  await using database = await openTestDatabase();
  using folder = temporaryFolder();
  const settings = { DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path };
  const me = ({ url }: RunningServer, cookie: string) => fetch(`${url}/api/trpc/session.me`, { headers: { cookie } });
  let cookie: string;
  {
    await using server = await startDemoServer(settings);
    cookie = await signIn(server);
    expect((await me(server, cookie)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  }
  await using server = await startServer(settings);
  expect((await me(server, cookie)).status).toBe(401);
  expect(server.signInLink).toContain("/welcome?token=");
  const program = join(import.meta.dirname, "sign-in-link.ts");
  const env = { ...process.env, ...settings };
  const { stdout } = spawnSync(process.execPath, [program], { env, encoding: "utf8" });
  expect(stdout).toContain("/welcome?token=");
});
