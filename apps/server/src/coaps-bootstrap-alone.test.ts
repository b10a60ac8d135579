import { randomBytes } from "node:crypto";
import { openTestDatabase, type TestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { VirtualLight } from "@lamplighter/device/virtual-light";
import { provisionedObjects } from "@lamplighter/lwm2m/bootstrap/provisioning";
import { secureRandom } from "@lamplighter/runtime/secure-random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTab, type RunningServer, runServer, startServer, welcome } from "../test/running-server.ts";
import { identityOf, openClient, type Proof } from "../test/secure-light.ts";

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
  while (!(await isLetIn(proof)));
  await security.revoke.mutate({ credentialId: credential.id });
  while (await isLetIn(proof));
  expect(await isLetIn(proof)).toBe(false);
}, 30_000);

test("a light that it brings a key to is let in with it by the main server", async () => {
  const { security, bootstrap } = tab.api;
  await bootstrap.create.mutate({
    ...{ name: "Everybody", target: { kind: "default" } },
    configuration: {
      ...{ deletions: ["/0", "/1"], accessControl: [] },
      servers: [{ shortServerId: 1, lifetimeSeconds: 300, binding: "U", storesNotifications: false }],
      security: [
        {
          ...{ uri: `coaps://127.0.0.1:${server.coapsPort}`, isBootstrapServer: false, shortServerId: 1 },
          credentials: { mode: "psk-of-device" },
        },
      ],
    },
  });
  const made = await security.setCredential.mutate({ endpoint: "brought", purpose: "bootstrap", mode: "psk" });
  const proof = { identity: "brought", key: Buffer.from(made.key!, "hex") };
  while (!(await isLetIn(proof)));
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const light = new VirtualLight({
    ...{ port, clock: systemClock(), random: secureRandom(), randomBytes, identity: identityOf("brought") },
    accounts: provisionedObjects({
      ...{ deletions: [], servers: [], accessControl: [] },
      security: [
        {
          ...{ uri: `coaps://127.0.0.1:${alone.bootstrapCoapsPort}`, isBootstrapServer: true },
          credentials: { mode: "psk", identity: "brought", key: made.key! },
        },
      ],
    }),
  });
  light.start();
  await tab.until(async () =>
    (await tab.api.device.list.query({})).items.find(({ endpoint }) => endpoint === "brought"),
  );
  await new Promise<void>((resolve) => light.stop(resolve));
  await port.close();
}, 60_000);

/** One handshake with the bootstrap server, to its end; the database is asked meanwhile, which takes a moment each time. */
async function isLetIn(proof: Proof): Promise<boolean> {
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
}
