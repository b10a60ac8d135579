import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { openTestDatabase, type TestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { buildImage } from "@lamplighter/device/firmware-image";
import { VirtualLight } from "@lamplighter/device/virtual-light";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openTab, type RunningServer, startServer, welcome } from "../test/running-server.ts";
import { identityOf, openClient, secureLight } from "../test/secure-light.ts";

let database: TestDatabase;
let folder: ReturnType<typeof temporaryFolder>;
let server: RunningServer;
let cookie: string;
let tab: ReturnType<typeof openTab>;
beforeAll(async () => {
  folder = temporaryFolder();
  database = await openTestDatabase();
  server = await startServer({ DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path });
  cookie = await welcome(server);
});
beforeEach(() => {
  tab = openTab(server, cookie);
});
afterEach(() => tab.close());
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await database?.close();
  folder?.[Symbol.dispose]();
});

const lightNamed = async (name: string) =>
  (await tab.api.device.list.query({})).items.find(({ endpoint }) => endpoint === name);
const deviceNamed = (name: string) => tab.until(() => lightNamed(name));
const eventOf = (kind: string, endpoint?: string) =>
  tab.until(async () =>
    (await tab.api.security.events.query({})).items.find(
      (each) => each.kind === kind && (endpoint === undefined || each.endpoint === endpoint),
    ),
  );
const giveKey = async (endpoint: string) => {
  const { key } = await tab.api.security.setCredential.mutate({ endpoint, mode: "psk" });
  return { identity: endpoint, key: Buffer.from(key!, "hex") };
};

test("a light with its key registers over CoAPS, and a campaign brings it to the new version", async () => {
  const proof = await giveKey("secure-1");
  await using one = await secureLight(server.coapsPort, proof, "secure-1");
  const device = await tab.until(async () => {
    const row = await lightNamed("secure-1");
    return row?.firmwareVersion && row.lampLevel !== null ? row : undefined;
  });
  const seen = await tab.api.security.light.query({ deviceId: device.id });
  expect(seen).toMatchObject({
    registered: "secure",
    clear: { allowed: false },
    session: { suite: "TLS_PSK_WITH_AES_128_CCM_8", hasConnectionId: true, address: one.address },
  });
  // People see where the light is, not the name of its connection.
  expect((await tab.api.device.get.query({ id: device.id })).registration?.address).toBe(one.address);
  const timeline = await tab.api.device.timeline.query({ id: device.id });
  expect(JSON.stringify(timeline)).not.toContain("dtls:");

  const upload = await fetch(`${server.url}/api/firmware?name=Lamp&fileName=lamp.bin`, {
    method: "POST",
    headers: { cookie, origin: server.url },
    body: Buffer.from(buildImage({ version: "2.0.0", bytes: 20_000, seed: 1 })),
  });
  const { id: packageId } = (await upload.json()) as { id: string };
  const gate = { failedPercentMax: 5, lostMax: 2, succeededPercentMin: 90, manual: false };
  const { id } = await tab.api.campaign.create.mutate({
    ...{ name: "Spring", packageId, target: { kind: "query", query: {} } },
    waves: [{ name: "All", percent: 100, gate }],
    startNow: true,
  });
  const done = await tab.until(
    async () => {
      const view = await tab.api.campaign.get.query({ id });
      return view.state === "completed" ? view : undefined;
    },
    { campaignId: id },
  );
  expect(done).toMatchObject({ outcome: "clean", tally: { succeeded: 1 } });
  expect(one.light.counters.executes).toBe(1);
});

test("a wrong key and an unknown identity are refused, and told in the security log without the key", async () => {
  const { identity } = await giveKey("secure-2");
  const guess = Buffer.from("00000000000000000000000000000000", "hex");
  await using wrong = await secureLight(server.coapsPort, { identity, key: guess }, "secure-2");
  expect(await eventOf("wrong-key")).toMatchObject({ identity: { text: "secure-2" }, address: wrong.address });
  await using unknown = await secureLight(server.coapsPort, { identity: "nobody", key: guess }, "secure-2");
  expect(await unknown.failed).toBeDefined();
  expect(await eventOf("unknown-identity")).toMatchObject({ identity: { text: "nobody" }, endpoint: null });
  expect(await lightNamed("secure-2")).toBeUndefined();
});

test("the key of one light does not register another: nothing changes, and it is told of both", async () => {
  await using _victim = await secureLight(server.coapsPort, await giveKey("secure-a"), "secure-a");
  const device = await deviceNamed("secure-a");
  const before = await tab.api.device.get.query({ id: device.id });
  await using thief = await secureLight(server.coapsPort, await giveKey("secure-b"), "secure-a");
  const told = { address: thief.address, endpoint: "secure-a", identity: { text: "secure-b" } };
  expect(await eventOf("wrong-name", "secure-a")).toMatchObject(told);
  for (const endpoint of ["secure-a", "secure-b"]) {
    expect((await tab.api.security.light.query({ endpoint })).events).toMatchObject([told]);
    expect((await tab.api.security.events.query({ endpoint })).items).toMatchObject([told]);
  }
  expect((await tab.api.device.get.query({ id: device.id })).registration).toEqual(before.registration);
  expect(await lightNamed("secure-b")).toBeUndefined();
});

test.each(["coap-client-openssl", "coap-client-gnutls"])(
  "libcoap's %s registers over CoAPS with its key, under its own name and no other",
  async (command) => {
    const key = `${command} has it`;
    await tab.api.security.setCredential.mutate({
      endpoint: command,
      mode: "psk",
      key: Buffer.from(key).toString("hex"),
    });
    const registering = async (name: string) => {
      const uri = `coaps://127.0.0.1:${server.coapsPort}/rd?ep=${name}&lt=300&lwm2m=1.1&b=U`;
      const proof = ["-k", key, "-u", command];
      const message = ["-v", "6", "-B", "10", "-m", "post", "-t", "40", "-e", "</1/0>,</3/0>,</5/0>"];
      const { stdout, stderr } = await promisify(execFile)(command, [...message, ...proof, uri]);
      return stdout + stderr;
    };
    expect(await registering(command)).toMatch(/ACK c:2\.01 .*Location-Path:rd,/);
    expect(await registering("somebody-else")).toMatch(/ACK c:4\.00 .*The credentials of /);
    await deviceNamed(command);
    expect(await tab.api.security.light.query({ endpoint: command })).toMatchObject({ registered: "secure" });
    expect(await lightNamed("somebody-else")).toBeUndefined();
  },
);

test("a light that gets a key is not let in in the clear any more, nor is what it registered there kept", async () => {
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const light = new VirtualLight({
    ...{ port, clock: systemClock(), random: seeded(1), identity: identityOf("plain-1") },
    server: `127.0.0.1:${server.coapPort}`,
  });
  light.start();
  const device = await deviceNamed("plain-1");
  expect(await tab.api.security.light.query({ deviceId: device.id })).toMatchObject({ registered: "clear" });
  await giveKey("plain-1");
  expect(await tab.api.security.light.query({ deviceId: device.id })).toMatchObject({ registered: null });
  light.stop();
  const other = new VirtualLight({
    ...{ port, clock: systemClock(), random: seeded(2), identity: identityOf("plain-1") },
    server: `127.0.0.1:${server.coapPort}`,
  });
  other.start();
  expect(await eventOf("clear-refused", "plain-1")).toMatchObject({ address: port.address });
  await new Promise<void>((resolve) => other.stop(resolve));
  await port.close();
});

test("a key that is taken away ends the connection, and the next handshake is refused", async () => {
  await using one = await secureLight(server.coapsPort, await giveKey("secure-3"), "secure-3");
  const device = await deviceNamed("secure-3");
  const { credentials } = await tab.api.security.light.query({ deviceId: device.id });
  await tab.api.security.revoke.mutate({ credentialId: credentials[0]!.id });
  expect(await tab.api.security.light.query({ deviceId: device.id })).toMatchObject({ session: null });
  one.dtls.connect({ resume: true });
  expect(await one.failed).toBeDefined();
});

test("a light whose key is taken away may come without one where everybody may: what it registered before is in nobody's way", async () => {
  const proof = await giveKey("bare-1");
  await using secure = await secureLight(server.coapsPort, proof, "bare-1");
  const device = await deviceNamed("bare-1");
  // Another key in its place: the registration stays, for the light comes back to it.
  const { credential } = await tab.api.security.setCredential.mutate({ endpoint: "bare-1", mode: "psk" });
  expect(await tab.api.security.light.query({ deviceId: device.id })).toMatchObject({ registered: "secure" });
  await tab.api.security.revoke.mutate({ credentialId: credential.id });
  expect(await tab.api.security.light.query({ deviceId: device.id })).toMatchObject({ registered: null });
  secure.light.stop();
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const plain = new VirtualLight({
    ...{ port, clock: systemClock(), random: seeded(3), identity: identityOf("bare-1") },
    server: `127.0.0.1:${server.coapPort}`,
  });
  plain.start();
  await tab.until(async () => {
    const { registered } = await tab.api.security.light.query({ deviceId: device.id });
    return registered === "clear" ? true : undefined;
  });
  await new Promise<void>((resolve) => plain.stop(resolve));
  await port.close();
});

test("a new key is made by hand beside the old one, and its first use ends the old one", async () => {
  const proof = await giveKey("secure-4");
  await using _old = await secureLight(server.coapsPort, proof, "secure-4");
  const device = await deviceNamed("secure-4");
  const { key, credential } = await tab.api.security.rotate.mutate({ endpoint: "secure-4", how: "by-hand" });
  const fresh = { identity: Buffer.from(credential.identity!.hex, "hex"), key: Buffer.from(key!, "hex") };
  await using again = await openClient(server.coapsPort, proof);
  again.dtls.connect();
  await tab.until(async () => {
    const { session } = await tab.api.security.light.query({ deviceId: device.id });
    return session?.address === again.address ? session : undefined;
  });
  await using _new = await secureLight(server.coapsPort, fresh, "secure-4");
  await eventOf("key-rotated", "secure-4");
  const { credentials } = await tab.api.security.light.query({ deviceId: device.id });
  expect(credentials.map(({ state }) => state)).toEqual(["active", "retired"]);
  await using late = await openClient(server.coapsPort, proof);
  late.dtls.connect();
  expect(await late.failed).toBeDefined();
});

test("figures of DTLS are among those for Prometheus", async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  expect(text).toMatch(/lamplighter_dtls_connections \d/);
  expect(text).toMatch(/lamplighter_dtls\{name="handshakesDone"\} [1-9]/);
  expect(text).toContain('lamplighter_bootstrap_dtls{name="handshakesDone"}');
});

test("no key is in the database in the clear, nor in what the server logged", async () => {
  const { key } = await tab.api.security.setCredential.mutate({ endpoint: "secure-9", mode: "psk" });
  const rows = await database.prisma.credential.findMany();
  const stored = rows.map(({ sealedKey }) => Buffer.from(sealedKey ?? []).toString("hex")).join();
  expect(stored).not.toContain(key);
  expect(server.output()).not.toContain(key);
});
