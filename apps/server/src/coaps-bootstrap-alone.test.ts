import { randomBytes } from "node:crypto";
import { openTestDatabase, type TestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTab, type RunningServer, runServer, startServer, welcome } from "../test/running-server.ts";
import { openClient } from "../test/secure-light.ts";

let database: TestDatabase;
let folder: ReturnType<typeof temporaryFolder>;
let server: RunningServer;
let alone: RunningServer;
let tab: ReturnType<typeof openTab>;
beforeAll(async () => {
  folder = temporaryFolder();
  database = await openTestDatabase();
  const both = { DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path };
  const master = { LAMPLIGHTER_KEY: randomBytes(32).toString("hex"), LAMPLIGHTER_BOOTSTRAP_PORT: "0" };
  server = await startServer({ ...both, ...master });
  const started = await runServer({ ...both, ...master }, ["--only", "bootstrap"]);
  if ("code" in started) throw new Error(started.said);
  alone = started;
  tab = openTab(server, await welcome(server));
});
afterAll(async () => {
  tab?.close();
  await alone?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await database?.close();
  folder?.[Symbol.dispose]();
});

test("a bootstrap server of its own takes only the master key of the main server", async () => {
  const both = { DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path, LAMPLIGHTER_BOOTSTRAP_PORT: "0" };
  const other = randomBytes(32).toString("hex");
  const wrong = await runServer({ ...both, LAMPLIGHTER_KEY: other }, ["--only", "bootstrap"]);
  expect("said" in wrong && wrong.said).toContain("is not the one that this data was sealed with");
  expect("said" in wrong && wrong.said).not.toContain(other);
  const none = await runServer(both, ["--only", "bootstrap", "--forget-keys"]);
  expect("said" in none && none.said).toContain("for the main server");
});

test("it lets a light in with a key that was made since it started, and cuts it off when that is taken away", async () => {
  const { security } = tab.api;
  const endpoint = "apart";
  const { key, credential } = await security.setCredential.mutate({ endpoint, purpose: "bootstrap", mode: "psk" });
  const proof = { identity: endpoint, key: Buffer.from(key!, "hex") };
  /** One handshake, to its end; the database is asked meanwhile, which takes a moment each time. */
  const isLetIn = async () => {
    await using client = await openClient(alone.bootstrapCoapsPort, proof);
    let hasFailed = false;
    void client.failed.then(() => {
      hasFailed = true;
    });
    client.dtls.connect();
    // One that is under way when the key goes is given up without a word.
    for (let looks = 0; looks < 100 && !client.dtls.isConnected && !hasFailed; looks++)
      await database.prisma.$queryRaw`SELECT pg_sleep(0.02)::text`;
    return client.dtls.isConnected;
  };
  while (!(await isLetIn()));
  await security.revoke.mutate({ credentialId: credential.id });
  while (await isLetIn());
  expect(await isLetIn()).toBe(false);
}, 30_000);
