import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openTestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { VirtualLight } from "@lamplighter/device/virtual-light";
import { TrustedRoots } from "@lamplighter/dtls/certificate-chain";
import { trustRoots } from "@lamplighter/dtls/certificate-trust";
import type { Certificates } from "@lamplighter/dtls/certificates";
import { DtlsClientPort } from "@lamplighter/dtls/client-port";
import { type MadeCertificate, makeCertificate, pem, purpose } from "@lamplighter/dtls/test/certificate-maker";
import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import { expect, test } from "vitest";
import { openTab, runServer, startServer, welcome } from "../test/running-server.ts";
import { identityOf } from "../test/secure-light.ts";

/** A light with a key pair of its own, which takes the server for whoever shows `serverKey` (SubjectPublicKeyInfo, base64). */
async function lightWithPublicKey(serverPort: number, endpoint: string, serverKey: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const light = await lightThatProves(serverPort, endpoint, {
    privateKey,
    trust: ({ publicKeyInfo }) =>
      Buffer.from(publicKeyInfo).toString("base64") === serverKey ? { identity: Buffer.from("server") } : undefined,
  });
  return { ...light, publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64") };
}

async function lightThatProves(serverPort: number, endpoint: string, certificates: Certificates) {
  const udp = await bindUdp({ host: "127.0.0.1", port: 0 });
  const server = `127.0.0.1:${serverPort}`;
  const failed = Promise.withResolvers<string>();
  const dtls = new DtlsClientPort({
    ...{ port: udp, server, randomBytes, clock: systemClock(), connectionId: new Uint8Array() },
    retryAfter: milliseconds(200),
    certificates,
    onFailed: (why) => failed.resolve(why),
  });
  const light = new VirtualLight({
    ...{ port: dtls, server, clock: systemClock(), random: seeded(1), identity: identityOf(endpoint) },
  });
  return {
    light,
    failed: failed.promise,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => light.stop(resolve));
      dtls.disconnect();
      await udp.close();
    },
  };
}

test("a light with a public key that was given to the server registers, and one whose key nobody gave does not", async () => {
  await using database = await openTestDatabase();
  using folder = temporaryFolder();
  await using server = await startServer({ DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path });
  const tab = openTab(server, await welcome(server));
  const { publicKey: serverKey } = await tab.api.security.summary.query();
  await using light = await lightWithPublicKey(server.coapsPort, "bare-1", serverKey);
  light.light.start();
  expect(await light.failed).toBe("refused-by-peer");
  const { key } = await tab.api.security.setCredential.mutate({
    ...{ endpoint: "bare-1", mode: "rpk", publicKey: light.publicKey },
  });
  expect(key).toBeNull();
  const session = await tab.until(
    async () => (await tab.api.security.light.query({ endpoint: "bare-1" })).session ?? undefined,
  );
  expect(session).toMatchObject({ suite: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", hasConnectionId: true });
  const refused = await tab.until(async () => (await tab.api.security.events.query({})).items[0]);
  expect(refused).toMatchObject({ kind: "handshake-failed", endpoint: null });
  tab.close();
  const file = join(folder.path, "dtls-server.key");
  expect(existsSync(file) && statSync(file).mode & 0o777).toBe(0o600);
});

test("a light with a certificate of the city's authority registers under the name in it that was given to it, and no other does", async () => {
  await using database = await openTestDatabase();
  using folder = temporaryFolder();
  const authority = makeCertificate({ name: "Lamps of the city", isAuthority: true });
  const stranger = makeCertificate({ name: "Lamps of the city", isAuthority: true });
  const own = makeCertificate({ name: "lamps.example", by: authority, purposes: [purpose.server] });
  const settings = {
    LAMPLIGHTER_DTLS_KEY_FILE: own.privateKey.export({ format: "pem", type: "pkcs8" }) as string,
    LAMPLIGHTER_DTLS_CERTIFICATE_FILE: pem("CERTIFICATE", own.certificate),
    LAMPLIGHTER_DTLS_ROOTS_FILE: pem("CERTIFICATE", authority.certificate),
  };
  const files = Object.entries(settings).map(([name, content]): [string, string] => {
    const file = join(folder.path, `${name}.pem`);
    writeFileSync(file, content);
    return [name, file];
  });
  await using server = await startServer({
    ...{ DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path },
    ...Object.fromEntries(files),
  });
  const tab = openTab(server, await welcome(server));
  const light = (endpoint: string, name: string, by: MadeCertificate) => {
    const shown = makeCertificate({ name, by, purposes: [purpose.client] });
    return lightThatProves(server.coapsPort, endpoint, {
      ...{ privateKey: shown.privateKey, chain: [shown.certificate], accepts: ["x509"] },
      trust: trustRoots({
        ...{ roots: new TrustedRoots([authority.certificate]), purpose: "server", now: () => Date.now() },
        knows: (identity) => Buffer.from(identity).toString() === "lamps.example",
      }),
    });
  };
  for (const endpoint of ["lamp-1", "lamp-2"]) {
    await tab.api.security.setCredential.mutate({ endpoint, mode: "x509", identity: endpoint });
  }
  const eventOf = (kind: string) =>
    tab.until(async () => (await tab.api.security.events.query({})).items.find((event) => event.kind === kind));

  await using right = await light("lamp-1", "lamp-1", authority);
  right.light.start();
  const session = await tab.until(
    async () => (await tab.api.security.light.query({ endpoint: "lamp-1" })).session ?? undefined,
  );
  expect(session).toMatchObject({ suite: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", identity: { text: "lamp-1" } });
  await tab.until(async () =>
    (await tab.api.device.list.query({})).items.find(({ endpoint }) => endpoint === "lamp-1"),
  );

  await using ungiven = await light("lamp-3", "lamp-3", authority);
  ungiven.light.start();
  expect(await ungiven.failed).toBe("refused-by-peer");
  await using forged = await light("lamp-1", "lamp-1", stranger);
  forged.light.start();
  expect(await forged.failed).toBe("refused-by-peer");
  expect((await tab.api.security.light.query({ endpoint: "lamp-1" })).session).not.toBeNull();

  await using other = await light("lamp-1", "lamp-2", authority);
  other.light.start();
  expect(await eventOf("wrong-name")).toMatchObject({ endpoint: "lamp-1" });
  const { items } = await tab.api.device.list.query({});
  expect(items.map(({ endpoint }) => endpoint)).toEqual(["lamp-1"]);
  tab.close();
});

test("a key that is none, and certificates that do not go with it, are one sentence at the start", async () => {
  await using database = await openTestDatabase();
  using folder = temporaryFolder();
  const file = join(folder.path, "some.pem");
  const settings = { DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path };
  const said = async (more: Record<string, string>) => {
    const ended = await runServer({ ...settings, ...more });
    if (!("code" in ended)) throw new Error("it came up");
    expect(ended.code).toBe(1);
    return ended.said;
  };
  writeFileSync(file, "no key");
  expect(await said({ LAMPLIGHTER_DTLS_KEY_FILE: file })).toContain(`The file ${file} cannot be read`);
  expect(await said({ LAMPLIGHTER_DTLS_ROOTS_FILE: file })).toContain(`There is no certificate in ${file}.`);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
  writeFileSync(file, privateKey.export({ format: "pem", type: "pkcs8" }));
  expect(await said({ LAMPLIGHTER_DTLS_KEY_FILE: file })).toContain("not one on secp256r1");
});
