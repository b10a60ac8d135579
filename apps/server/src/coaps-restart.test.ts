import { openTestDatabase, type TestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTab, type RunningServer, startServer, welcome } from "../test/running-server.ts";
import { secureLight } from "../test/secure-light.ts";
import { whyNotOurs } from "./dtls-sessions.ts";

let database: TestDatabase;
let folder: ReturnType<typeof temporaryFolder>;
let server: RunningServer;
let cookie: string;
beforeAll(async () => {
  folder = temporaryFolder();
  database = await openTestDatabase();
  server = await start();
  cookie = await welcome(server);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await database?.close();
  folder?.[Symbol.dispose]();
});

const start = (ports: Record<string, string> = {}) =>
  startServer({ DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path, ...ports });

/** The same server again, at the addresses that lights know. */
async function startAgain(): Promise<void> {
  server = await start({
    LAMPLIGHTER_COAP_PORT: String(server.coapPort),
    LAMPLIGHTER_COAPS_PORT: String(server.coapsPort),
  });
}

async function registered(endpoint: string) {
  const tab = openTab(server, cookie);
  const { key } = await tab.api.security.setCredential.mutate({ endpoint, mode: "psk" });
  const one = await secureLight(server.coapsPort, { identity: endpoint, key: Buffer.from(key!, "hex") }, endpoint);
  const device = await tab.until(async () => {
    const { items } = await tab.api.device.list.query({});
    return items.find((each) => each.endpoint === endpoint && each.firmwareVersion && each.lampLevel !== null);
  });
  tab.close();
  return { one, deviceId: device.id };
}

/** Asks the light something over the connection that it has; it is asked again until the light understands. */
async function read(deviceId: string) {
  const tab = openTab(server, cookie);
  try {
    return await tab.api.operation.read.mutate({ deviceId, path: "/3/0/0" });
  } finally {
    tab.close();
  }
}

test("a server that was killed goes on with the connection that its light has", async () => {
  const { one, deviceId } = await registered("killed-1");
  await using _ = one;
  await server.stop("SIGKILL");
  await startAgain();
  expect(await read(deviceId)).toMatchObject({ kind: "ok" });
  const tab = openTab(server, cookie);
  const { session, registered: how } = await tab.api.security.light.query({ deviceId });
  tab.close();
  expect([how, session?.address, session?.hasConnectionId]).toEqual(["secure", one.address, true]);
  expect(one.dtls.handshakes).toBe(1);
});

test("so does one that was stopped in order", async () => {
  const { one, deviceId } = await registered("stopped-1");
  await using _ = one;
  expect(await server.stop("SIGTERM")).toBe(0);
  await startAgain();
  expect(await read(deviceId)).toMatchObject({ kind: "ok" });
  expect(one.dtls.handshakes).toBe(1);
});

test("an older copy of the database brings no connection back: the light makes a new one", async () => {
  const { one } = await registered("copied-1");
  await using _ = one;
  await server.stop("SIGKILL");
  await database.pool.query(`UPDATE "DtlsGeneration" SET "boot" = 'the start before'`);
  await startAgain();
  expect(server.output()).toContain("Protected connections are made anew");
  const { rows } = await database.pool.query(`SELECT count(*)::int AS count FROM "DtlsSession"`);
  expect(rows[0].count).toBe(0);
  // As after a power cut: it knows nothing of its connection, and registers.
  one.dtls.disconnect();
  one.light.stop();
  one.light.start();
  const tab = openTab(server, cookie);
  await tab.until(async () => (await tab.api.security.light.query({ endpoint: "copied-1" })).session ?? undefined);
  tab.close();
  // The light is told of it a moment later, when it is stored.
  await expect.poll(() => one.dtls.handshakes).toBe(2);
});

test("which start the connections are of must be said by both, and the database may be one tick behind", () => {
  const file = { boot: "a", tick: 7 };
  expect(whyNotOurs(file, { boot: "a", tick: 7 })).toBeUndefined();
  expect(whyNotOurs(file, { boot: "a", tick: 6 })).toBeUndefined();
  expect(whyNotOurs(file, { boot: "a", tick: 5 })).toContain("older copy");
  expect(whyNotOurs(file, { boot: "a", tick: 8 })).toContain("older copy");
  expect(whyNotOurs(file, { boot: "b", tick: 7 })).toContain("not of the last start");
  expect(whyNotOurs(undefined, file)).toContain("data folder");
  expect(whyNotOurs(file, undefined)).toContain("database");
});
