import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CHANGED, GET, POST } from "@lamplighter/coap/code";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { openTestDatabase, type TestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { type Accounts, accountsOf } from "@lamplighter/device/accounts";
import { answerBootstrap } from "@lamplighter/device/bootstrap-answers";
import { VirtualLight } from "@lamplighter/device/virtual-light";
import { provisionedObjects } from "@lamplighter/lwm2m/bootstrap/provisioning";
import { instance, object, single } from "@lamplighter/lwm2m/node";
import { boolean, integer, opaque, text } from "@lamplighter/lwm2m/value";
import { secureRandom } from "@lamplighter/runtime/secure-random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTab, type RunningServer, startServer, welcome } from "../test/running-server.ts";
import { openClient, type Proof, secureLight } from "../test/secure-light.ts";

let database: TestDatabase;
let folder: ReturnType<typeof temporaryFolder>;
let server: RunningServer;
let tab: ReturnType<typeof openTab>;
beforeAll(async () => {
  folder = temporaryFolder();
  database = await openTestDatabase();
  server = await startServer({ DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path });
  tab = openTab(server, await welcome(server));
  await tab.api.bootstrap.create.mutate({
    name: "Everybody",
    target: { kind: "default" },
    configuration: {
      deletions: ["/0", "/1"],
      security: [
        {
          uri: `coaps://127.0.0.1:${server.coapsPort}`,
          isBootstrapServer: false,
          credentials: { mode: "psk-of-device" },
          shortServerId: 1,
        },
      ],
      servers: [{ shortServerId: 1, lifetimeSeconds: 300, binding: "U", storesNotifications: false }],
      accessControl: [],
    },
  });
});
afterAll(async () => {
  tab?.close();
  await server?.[Symbol.asyncDispose]();
  await database?.close();
  folder?.[Symbol.dispose]();
});

/** What a factory gives a light: where its bootstrap server is. */
const factory = accountsOf([
  object(0, [
    instance(0, [
      single(0, text("coaps://127.0.0.1")),
      single(1, boolean(true)),
      single(2, integer(0)),
      single(3, opaque(new Uint8Array())),
      single(5, opaque(new Uint8Array())),
    ]),
  ]),
]);

/** Asks for a bootstrap as a light does, and resolves with the answer's code, or with what it was given at the Finish. */
async function bootstrap(
  port: ConstructorParameters<typeof CoapEndpoint>[0]["port"],
  peer: string,
  name: string,
): Promise<{ code: number } | { given: Proof & { uri: unknown } }> {
  const endpoint = new CoapEndpoint({ port, clock: systemClock(), random: secureRandom() });
  let accounts: Accounts = factory;
  try {
    return await new Promise((resolve) => {
      endpoint.onRequest((request) => {
        // Whether it could live with what it got is judged by what it can do with it.
        if (request.method === POST) {
          request.respond({ code: CHANGED }, () => resolve({ given: givenIn(accounts) }));
          return;
        }
        const step = answerBootstrap(request, accounts);
        accounts = step.accounts;
        request.respond(step.response);
      });
      endpoint.request({ peer, method: POST, path: ["bs"], query: [`ep=${name}`] }, (outcome) => {
        if (outcome.kind === "response" && outcome.code !== CHANGED) resolve({ code: outcome.code });
      });
    });
  } finally {
    endpoint.close();
  }
}

function givenIn(accounts: Accounts): Proof & { uri: unknown } {
  const read = (resource: number) => {
    const found = accounts.get(0)?.get(1)?.resources.get(resource);
    return found?.kind === "single" ? found.value.value : undefined;
  };
  return { uri: read(0), identity: read(3) as Uint8Array, key: read(5) as Uint8Array };
}

async function bootstrapped(proof: Proof, name: string) {
  await using client = await openClient(server.bootstrapCoapsPort, proof);
  return await bootstrap(client.dtls, client.server, name);
}

const bootstrapKey = Buffer.from("101112131415161718191a1b1c1d1e1f", "hex");
const importBootstrapKeys = async (...names: string[]) => {
  const lines = names.map((name) => `${name},bootstrap,psk,bs-${name},${bootstrapKey.toString("hex")}`);
  const csv = ["endpoint,purpose,mode,identity,key", ...lines].join("\n");
  expect(await tab.api.security.import.mutate({ csv, dryRun: false })).toMatchObject({ errorCount: 0 });
};
const stateOf = (endpoint: string) =>
  tab.api.security.light
    .query({ endpoint })
    .then(({ credentials }) =>
      credentials.filter(({ purpose }) => purpose === "server").map(({ state, source }) => `${state} ${source}`),
    );

test("a light with one bootstrap key ends registered over CoAPS with a key of its own, and gets another without being lost", async () => {
  await importBootstrapKeys("lamp-1");
  const proof = { identity: "bs-lamp-1", key: bootstrapKey };
  const first = await bootstrapped(proof, "lamp-1");
  if (!("given" in first)) throw new Error(`refused with ${first.code}`);
  expect(first.given.uri).toBe(`coaps://127.0.0.1:${server.coapsPort}`);
  expect(first.given.key).toHaveLength(16);
  expect(await stateOf("lamp-1")).toEqual(["pending bootstrap"]);

  await using _light = await secureLight(server.coapsPort, first.given, "lamp-1");
  const device = await tab.until(async () => (await tab.api.device.list.query({})).items[0]);
  await tab.until(async () => ((await stateOf("lamp-1"))[0] === "active bootstrap" ? true : undefined));
  // Asked again, nothing is thrown away: it is the same key.
  expect(await bootstrapped(proof, "lamp-1")).toEqual(first);

  const { told, key } = await tab.api.security.rotate.mutate({ endpoint: "lamp-1", how: "bootstrap" });
  // The light has no bootstrap account in this test, and says so; what counts is that it was told, and that nobody saw a key.
  expect(told).not.toBeNull();
  expect(key).toBeNull();
  const second = await bootstrapped(proof, "lamp-1");
  if (!("given" in second)) throw new Error(`refused with ${second.code}`);
  expect(second.given.key).not.toEqual(first.given.key);
  expect(await stateOf("lamp-1")).toEqual(["active bootstrap", "pending bootstrap"]);
  const read = await tab.api.operation.read.mutate({ deviceId: device.id, path: "/3/0/0" });
  expect(read).toMatchObject({ kind: "ok" });

  await using _again = await secureLight(server.coapsPort, second.given, "lamp-1");
  await tab.until(async () =>
    (await stateOf("lamp-1")).join() === "active bootstrap,retired bootstrap" ? true : undefined,
  );
  const { registered } = await tab.api.security.light.query({ endpoint: "lamp-1" });
  expect(registered).toBe("secure");
});

test("a simulated light does all of that by itself, and a rotation reaches it while it is registered", async () => {
  await importBootstrapKeys("lamp-9");
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const light = new VirtualLight({
    ...{ port, clock: systemClock(), random: secureRandom(), randomBytes },
    identity: {
      ...{ endpoint: "lamp-9", manufacturer: "Maker", model: "L1", hardwareRevision: "A", name: "Nine" },
      ...{ serialNumber: "9", firmwareVersion: "1.0.0", latitude: 0, longitude: 0, cell: "C", cellId: 1 },
      ...{ street: "Main", district: "North", feeder: "F" },
    },
    accounts: provisionedObjects({
      ...{ deletions: [], servers: [], accessControl: [] },
      security: [
        {
          ...{ uri: `coaps://127.0.0.1:${server.bootstrapCoapsPort}`, isBootstrapServer: true },
          credentials: { mode: "psk", identity: "bs-lamp-9", key: bootstrapKey.toString("hex") },
        },
      ],
    }),
  });
  const states = (wanted: string) =>
    tab.until(async () => ((await stateOf("lamp-9")).join() === wanted ? true : undefined));
  light.start();
  await states("active bootstrap");
  await tab.until(async () =>
    (await tab.api.device.list.query({})).items.find(({ endpoint }) => endpoint === "lamp-9"),
  );
  const { told } = await tab.api.security.rotate.mutate({ endpoint: "lamp-9", how: "bootstrap" });
  expect(told).toMatchObject({ kind: "ok" });
  await states("active bootstrap,retired bootstrap");
  const { registered } = await tab.api.security.light.query({ endpoint: "lamp-9" });
  expect(registered).toBe("secure");
  expect(light.phase).toBe("registered");
  await new Promise<void>((resolve) => light.stop(resolve));
  await port.close();
});

test("the bootstrap key of one light brings nothing for another", async () => {
  await importBootstrapKeys("lamp-2", "lamp-3");
  expect(await bootstrapped({ identity: "bs-lamp-2", key: bootstrapKey }, "lamp-3")).toEqual({ code: 0x80 });
  expect(await stateOf("lamp-3")).toEqual([]);
  const { items } = await tab.api.bootstrap.history.query({ search: "lamp-3" });
  expect(items[0]).toMatchObject({ outcome: "refused", address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
});

test("keys are not written to who asks in the clear, whether it has a bootstrap key or not", async () => {
  await importBootstrapKeys("lamp-4");
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const plain = `127.0.0.1:${server.bootstrapPort}`;
  expect(await bootstrap(port, plain, "lamp-4")).toEqual({ code: 0x83 });
  expect(await bootstrap(port, plain, "stranger")).toEqual({ code: 0x83 });
  await port.close();
  for (const [kind, name] of [
    ["clear-refused", "lamp-4"],
    ["keys-refused", "stranger"],
  ] as const) {
    await tab.until(async () => {
      const { items } = await tab.api.security.events.query({ kind });
      return items.find(({ endpoint }) => endpoint === name);
    });
  }
  expect(await database.prisma.credential.count({ where: { endpoint: "stranger" } })).toBe(0);
});

test("a key on its way is in no trace, no table and no file, in whatever form it travels", async () => {
  await importBootstrapKeys("lamp-5");
  const proof = { identity: "bs-lamp-5", key: bootstrapKey };
  const first = await bootstrapped(proof, "lamp-5");
  if (!("given" in first)) throw new Error(`refused with ${first.code}`);
  await using light = await secureLight(server.coapsPort, first.given, "lamp-5");
  const device = await tab.until(async () =>
    (await tab.api.device.list.query({})).items.find(({ endpoint }) => endpoint === "lamp-5"),
  );
  const traced: string[] = [];
  const watching = await new Promise<{ unsubscribe(): void }>((resolve) => {
    const subscription = tab.api.trace.watch.subscribe(
      { deviceId: device.id },
      {
        onData: (data) => {
          traced.push(JSON.stringify(data));
          resolve(subscription);
        },
      },
    );
  });
  await tab.api.security.rotate.mutate({ endpoint: "lamp-5", how: "bootstrap" });
  const second = await bootstrapped(proof, "lamp-5");
  if (!("given" in second)) throw new Error(`refused with ${second.code}`);
  await using client = await openClient(server.bootstrapCoapsPort, proof);
  const pack = await askForPack(client.dtls, client.server, "lamp-5");
  expect(Buffer.from(pack.payload).includes(Buffer.from(second.given.key))).toBe(true);
  await tab.until(async () => (traced.join().includes("/bspack") ? true : undefined));
  watching.unsubscribe();
  expect(traced.join()).toContain("/0/1/5");
  expect(light.light.phase).toBe("registered");

  const { rows: tables } = await database.pool.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
  const stored: string[] = [];
  for (const { tablename } of tables) {
    const { rows } = await database.pool.query(`SELECT t::text AS row FROM "${tablename}" t`);
    stored.push(...rows.map(({ row }) => row as string));
  }
  const files = readdirSync(folder.path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name)));
  for (const { key } of [proof, first.given, second.given]) {
    const bytes = Buffer.from(key);
    const hex = bytes.toString("hex");
    for (const form of [hex, hex.replace(/(..)(?=.)/g, "$1 "), bytes.toString("base64"), bytes.toString("base64url")]) {
      expect(traced.join()).not.toContain(form);
      expect(stored.join()).not.toContain(form);
      expect(server.output()).not.toContain(form);
    }
    expect(files.some((content) => content.includes(bytes) || content.includes(hex))).toBe(false);
  }
});

async function askForPack(port: ConstructorParameters<typeof CoapEndpoint>[0]["port"], peer: string, name: string) {
  const endpoint = new CoapEndpoint({ port, clock: systemClock(), random: secureRandom() });
  try {
    return await new Promise<{ payload: Uint8Array }>((resolve, reject) => {
      const query = [`ep=${name}`];
      endpoint.request({ peer, method: GET, path: ["bspack"], query, accept: 112 }, (outcome) => {
        if (outcome.kind === "response") resolve(outcome);
        else reject(new Error(outcome.kind));
      });
    });
  } finally {
    endpoint.close();
  }
}

test("neither keys of lights nor those of bootstraps are in what the server logged, in the audit or in the history", async () => {
  const told = JSON.stringify([
    (await tab.api.event.list.query({})).items,
    (await tab.api.security.events.query({})).items,
    (await tab.api.bootstrap.history.query({})).items,
    await tab.api.bootstrap.list.query(),
  ]);
  expect(told).not.toContain(bootstrapKey.toString("hex"));
  expect(server.output()).not.toContain(bootstrapKey.toString("hex"));
});
