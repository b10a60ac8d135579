import { statSync } from "node:fs";
import { openTestDatabase, type TestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { buildImage } from "@lamplighter/device/firmware-image";
import type { LightIdentity } from "@lamplighter/device/light-identity";
import { VirtualLight } from "@lamplighter/device/virtual-light";
import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { openTab, person, type RunningServer, startServer, welcome } from "../test/running-server.ts";

const metricsToken = "figures for one scraper";
let database: TestDatabase;
let folder: ReturnType<typeof temporaryFolder>;
let server: RunningServer;
let cookie: string;
beforeAll(async () => {
  folder = temporaryFolder();
  database = await openTestDatabase();
  server = await startServer({
    DATABASE_URL: database.url,
    LAMPLIGHTER_DATA_FOLDER: folder.path,
    LAMPLIGHTER_FIRMWARE_MIB_MAX: "1",
    LAMPLIGHTER_METRICS_TOKEN: metricsToken,
  });
  cookie = await welcome(server);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await database?.close();
  folder?.[Symbol.dispose]();
});

test("a light registers, is interviewed, and a campaign brings it to the new version, all by the public API", async () => {
  const identity: LightIdentity = {
    endpoint: "urn:dev:one",
    manufacturer: "Maker",
    model: "L1",
    hardwareRevision: "A",
    name: "One",
    serialNumber: "1",
    firmwareVersion: "1.0.0",
    latitude: 48.2,
    longitude: 16.4,
    cell: "C01",
    cellId: 1,
    street: "Main Road",
    district: "North",
    feeder: "F1",
  };
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const clock = systemClock();
  const light = new VirtualLight({
    ...{ port, clock, random: seeded(1), identity },
    server: `127.0.0.1:${server.coapPort}`,
    installTime: milliseconds(200),
  });
  light.start();
  const tab = openTab(server, cookie);
  try {
    const device = await tab.until(async () => {
      const [row] = (await tab.api.device.list.query({})).items;
      return row?.firmwareVersion && row.lampLevel !== null ? row : undefined;
    });
    expect(device).toMatchObject({
      endpoint: "urn:dev:one",
      model: "L1",
      firmwareVersion: "1.0.0",
      presence: "online",
    });
    const read = await tab.api.operation.read.mutate({ deviceId: device.id, path: "/3/0/0" });
    expect(read).toMatchObject({ kind: "ok", readings: [{ path: "/3/0/0", value: { type: "string" } }] });

    const upload = await fetch(`${server.url}/api/firmware?name=Lamp&fileName=lamp.bin`, {
      method: "POST",
      headers: { cookie, origin: server.url },
      body: Buffer.from(buildImage({ version: "2.0.0", bytes: 20_000, seed: 1 })),
    });
    expect(upload.status).toBe(201);
    const { id: packageId } = (await upload.json()) as { id: string };
    const gate = { failedPercentMax: 5, lostMax: 2, succeededPercentMin: 90, manual: false };
    const campaign = await tab.api.campaign.create.mutate({
      ...{ name: "Spring", packageId, target: { kind: "query", query: {} } },
      waves: [{ name: "All", percent: 100, gate }],
      startNow: true,
    });
    const done = await tab.until(
      async () => {
        const view = await tab.api.campaign.get.query({ id: campaign.id });
        return view.state === "completed" ? view : undefined;
      },
      { campaignId: campaign.id },
    );
    expect(done).toMatchObject({ outcome: "clean", tally: { succeeded: 1 } });
    expect(light.counters.executes).toBe(1);
    const sightings = await tab.until(async () => {
      const history = await tab.api.device.firmwareHistory.query({ id: device.id });
      return history.length === 2 ? history : undefined;
    });
    expect(sightings[0]).toMatchObject({ version: "2.0.0", campaignName: "Spring" });
  } finally {
    tab.close();
    await new Promise<void>((resolve) => light.stop(resolve));
    await port.close();
  }
});

test("a page of another site can neither change something nor open a live connection", async () => {
  const foreign = { cookie, origin: "http://evil.example" };
  const upload = await fetch(`${server.url}/api/firmware?name=X`, { method: "POST", headers: foreign, body: "x" });
  expect(upload.status).toBe(403);
  const signIn = await fetch(`${server.url}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json", ...foreign },
    body: JSON.stringify(person),
  });
  expect(signIn.status).toBe(403);
  const status = await new Promise((resolve) => {
    new WebSocket(`${server.url.replace("http", "ws")}/api/trpc`, { headers: foreign })
      .on("unexpected-response", (_, response) => resolve(response.statusCode))
      .on("open", () => resolve("open"))
      .on("error", () => {});
  });
  expect(status).toBe(403);
});

test("who has no session is told so, over both ways", async () => {
  const answer = await fetch(`${server.url}/api/trpc/session.me`);
  expect([answer.status, ((await answer.json()) as { error: { data: { reason: string } } }).error.data.reason]).toEqual(
    [401, "not-signed-in"],
  );
  const tab = openTab(server, "");
  await expect(tab.api.session.me.query()).rejects.toMatchObject({ data: { code: "UNAUTHORIZED" } });
  tab.close();
});

test("a stranger's large message ends the connection, a known person's import passes", async () => {
  const stranger = new WebSocket(`${server.url.replace("http", "ws")}/api/trpc`, { headers: { origin: server.url } });
  const code = await new Promise((resolve) => {
    stranger.on("open", () => stranger.send("x".repeat(100_000))).on("close", resolve);
  });
  expect(code).toBe(1009);
  const tab = openTab(server, cookie);
  const csv = ["endpoint,name", ...Array.from({ length: 20_000 }, (_, at) => `imported-${at},Light number ${at}`)].join(
    "\n",
  );
  expect(await tab.api.device.import.mutate({ csv, dryRun: true })).toMatchObject({ created: 20_000 });
  tab.close();
});

test("limits of the front door are answered in words", async () => {
  const send = (path: string, init: RequestInit = {}) =>
    fetch(server.url + path, { ...init, headers: { cookie, origin: server.url, ...init.headers } });
  const empty = await send("/api/firmware?name=X&version=1", { method: "POST" });
  expect([empty.status, await empty.json()]).toMatchObject([400, { error: { reason: "invalid-input" } }]);
  const large = await send("/api/firmware?name=X&version=1", { method: "POST", body: Buffer.alloc(1024 * 1024 + 1) });
  expect([large.status, await large.json()]).toMatchObject([413, { error: { reason: "too-large" } }]);
  expect((await send("/api/firmware?version=1", { method: "POST", body: "x" })).status).toBe(400);
  expect((await send("/api/firmware?name=X", { method: "PUT", body: "x" })).status).toBe(405);
  expect((await send("/api/nothing")).status).toBe(404);
  expect((await send("/api/auth/sign-in/email", { method: "POST", body: "x".repeat(20_000) })).status).toBe(413);
  const page = await send("/lights");
  expect([page.status, page.headers.get("x-frame-options")]).toEqual([503, "DENY"]);
  expect(await page.text()).toContain("Lamplighter is starting");
});

test.each([
  ["/api/firmware?version=1&name=a%00b", "x"],
  ["/api/firmware?version=1&name=X&notes=%07", "x"],
  [`/api/firmware?version=1&name=${"a".repeat(500)}`, "x"],
  ["/api/welcome", "{not json"],
  ["/api/welcome", JSON.stringify({ ...person, name: "a\0b", token: "t" })],
  ["/api/auth/sign-in/email", "{not json"],
  ["/api/auth/sign-in/email", '{"email":"a\\u0000@b.example","password":"long enough"}'],
  ["/api/auth/update-user", '{"name":"\\ud800"}'],
  ["/api/auth/update-user?x=%00", "{}"],
])("what is no text or no JSON is refused in words: %s %s", async (path, body) => {
  const answer = await fetch(server.url + path, {
    method: "POST",
    headers: { cookie, origin: server.url, "content-type": "application/json" },
    body,
  });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: { reason: "invalid-input", message: expect.stringMatching(/\w/) },
  });
});

test("figures are for this machine, and for others with the token", async () => {
  const ask = async (headers: Record<string, string>) => (await fetch(`${server.url}/metrics`, { headers })).status;
  const passedOn = { "x-forwarded-for": "192.0.2.7" };
  expect(await ask({})).toBe(200);
  expect(await ask(passedOn)).toBe(403);
  expect(await ask({ ...passedOn, authorization: "Bearer guess" })).toBe(403);
  expect(await ask({ ...passedOn, authorization: `Bearer ${metricsToken}` })).toBe(200);
});

test("the figures tell of both servers that lights speak with", async () => {
  const figures = await (await fetch(`${server.url}/metrics`)).text();
  for (const line of ['lamplighter_lwm2m{name="unavailable"} 0', 'lamplighter_bootstrap{name="finished"} 0']) {
    expect(figures.split("\n")).toContain(line);
  }
  expect(figures).toMatch(/^lamplighter_bootstraps_running 0$/m);
  expect(figures).toMatch(/^lamplighter_bootstrap_coap\{name="malformed"\} 0$/m);
});

test("many procedures in one request are refused", async () => {
  const answer = await fetch(`${server.url}/api/trpc/session.me,session.me?batch=1`, { headers: { cookie } });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('"reason":"invalid-input"')]);
});

test("a link with a NUL is refused in words", async () => {
  expect((await fetch(`${server.url}/api/sign-in-link?token=%00`)).status).toBe(400);
});

test("every line of the log is JSON, whatever strangers sent, and none is an error", () => {
  const lines = server.output().trim().split("\n");
  for (const line of lines.filter((line) => line !== "")) {
    expect(JSON.parse(line), line).not.toMatchObject({ level: 50 });
  }
});

test("nothing secret is in the log, and the session's key is readable by its owner only", async () => {
  expect(statSync(`${folder.path}/session-secret`).mode & 0o777).toBe(0o600);
  expect(server.output()).not.toContain(person.password);
  expect(server.output()).not.toContain(new URL(server.signInLink).searchParams.get("token"));
});

test("a restarted server knows its people and its lights, and stops in order when asked", async () => {
  expect(await server.stop()).toBe(0);
  server = await startServer({ DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path });
  expect(server.signInLink).toBeUndefined();
  const tab = openTab(server, cookie);
  expect((await tab.api.session.me.query()).user.email).toBe(person.email);
  expect((await tab.api.device.list.query({})).items[0]).toMatchObject({
    endpoint: "urn:dev:one",
    firmwareVersion: "2.0.0",
  });
  tab.close();
});
