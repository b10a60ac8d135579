import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import { afterAll, expect, test } from "vitest";
import { DtlsClientPort } from "../src/client-port.ts";
import { makeCertificate, pem } from "./certificate-maker.ts";
import {
  lightCertificate,
  lightKeys,
  middle,
  rawServer,
  root,
  serverCertificate,
  serverKeys,
  x509Light,
  x509Server,
} from "./city.ts";
import { program, realServer } from "./real-server.ts";
import { text } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "lamplighter-certificates-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const certificatePem = (...all: readonly Uint8Array[]) => all.map((one) => pem("CERTIFICATE", one)).join("");
const keyPem = ({ privateKey }: typeof lightKeys) => String(privateKey.export({ format: "pem", type: "sec1" }));
const rootFile = file("root.pem", certificatePem(root.certificate));
const middleFile = file("middle.pem", certificatePem(middle.certificate));
const lightFile = file("light.pem", certificatePem(lightCertificate.certificate, middle.certificate));
// One of libcoap's clients shows the first certificate of a file and no other.
const direct = makeCertificate({ name: "light-1", by: root, keys: lightKeys });
const directFile = file("direct.pem", certificatePem(direct.certificate));
const lightKeyFile = file("light-key.pem", keyPem(lightKeys));
const serverFile = file("server.pem", certificatePem(serverCertificate.certificate));
const serverKeyFile = file("server-key.pem", keyPem(serverKeys));
const rawKeyFile = file(
  "raw.pem",
  `${String(lightKeys.publicKey.export({ format: "pem", type: "spki" }))}${keyPem(lightKeys)}`,
);

const ccm8 = "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0";

function openssl(port: number, ...more: string[]) {
  const usual = ["s_client", "-dtls1_2", "-connect", `127.0.0.1:${port}`, "-cipher", ccm8, "-CAfile", rootFile];
  return program("openssl", [...usual, "-cert", lightFile, "-cert_chain", middleFile, "-key", lightKeyFile, ...more]);
}

test("openssl with a certificate speaks ECDHE-ECDSA-AES128-CCM8 with us, trusts ours, and hears back what it says", async () => {
  await using real = await realServer({ certificates: x509Server });
  using client = openssl(real.port, "-verify_return_error");
  const hello = await client.says("Extended master secret: yes");
  expect(hello).toContain("Cipher is ECDHE-ECDSA-AES128-CCM8");
  expect(hello).toContain("Verify return code: 0 (ok)");
  expect(hello).toContain("Server Temp Key: ECDH, prime256v1, 256 bits");
  client.say("a lamp in the fog");
  await client.says("a lamp in the fog");
  const [connected] = real.events;
  const peer = connected?.kind === "connected" ? real.server.peerOf(connected.peer) : undefined;
  expect(peer).toMatchObject({ identity: text("light-1"), credential: "x509" });
});

test("openssl with so small a datagram that its certificates come in pieces gets there too", async () => {
  await using real = await realServer({ certificates: x509Server });
  using client = openssl(real.port, "-mtu", "256");
  client.say("in pieces");
  await client.says("in pieces");
});

test("openssl comes back by its session id, and is who it was, without another key exchange", async () => {
  await using real = await realServer({ certificates: x509Server });
  const session = join(folder, "session.pem");
  {
    using first = openssl(real.port, "-sess_out", session);
    first.say("first");
    await first.says("first");
    first.say("Q");
    await first.ended;
  }
  using second = openssl(real.port, "-sess_in", session);
  expect(await second.says("Extended master secret: yes")).toContain("Reused, TLSv1.2");
  second.say("second");
  await second.says("second");
  const last = real.events.findLast(({ kind }) => kind === "connected");
  expect(last).toMatchObject({ isResumed: true });
  const peer = last?.kind === "connected" ? real.server.peerOf(last.peer) : undefined;
  expect(peer).toMatchObject({ identity: text("light-1"), credential: "x509", isResumed: true });
});

test("openssl without a certificate is refused", async () => {
  await using real = await realServer({ certificates: x509Server });
  const usual = ["s_client", "-dtls1_2", "-connect", `127.0.0.1:${real.port}`, "-cipher", ccm8];
  using client = program("openssl", usual);
  expect(await client.says("alert")).toContain("bad certificate");
  expect(await real.event("refused")).toMatchObject({ why: "no-certificate" });
});

test("openssl with a certificate that nobody vouches for is refused, and named", async () => {
  await using real = await realServer({ certificates: x509Server });
  const stranger = makeCertificate({ name: "light-1" });
  const [own, key] = [
    file("stranger.pem", certificatePem(stranger.certificate)),
    file("stranger-key.pem", keyPem(stranger)),
  ];
  using client = openssl(real.port, "-cert", own, "-key", key);
  expect(await client.says("alert")).toContain("certificate unknown");
  expect(await real.event("refused")).toMatchObject({ why: "untrusted", identity: text("light-1") });
});

test.each(["coap-client-openssl", "coap-client-gnutls"])(
  "libcoap's %s comes in with a certificate",
  async (command) => {
    await using real = await realServer({ certificates: x509Server });
    const credentials = ["-c", directFile, "-j", lightKeyFile, "-C", rootFile];
    using client = program(command, [...credentials, "-m", "get", "-B", "3", `coaps://127.0.0.1:${real.port}/rd`]);
    void client.ended;
    const connected = await real.event("connected");
    const peer = connected.kind === "connected" ? real.server.peerOf(connected.peer) : undefined;
    expect(peer).toMatchObject({ identity: text("light-1"), credential: "x509" });
  },
);

test("libcoap's coap-client-gnutls comes in with a raw public key, and takes ours", async () => {
  await using real = await realServer({ certificates: rawServer });
  using client = program("coap-client-gnutls", [
    "-M",
    rawKeyFile,
    "-m",
    "get",
    "-B",
    "3",
    `coaps://127.0.0.1:${real.port}/rd`,
  ]);
  void client.ended;
  const connected = await real.event("connected");
  const peer = connected.kind === "connected" ? real.server.peerOf(connected.peer) : undefined;
  expect(peer).toMatchObject({ identity: text("light-1"), credential: "rpk" });
});

/** A port that is free now. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

test("our light speaks with openssl's server, trusts its certificate, and is asked for its own", async () => {
  const port = await freePort();
  const usual = ["s_server", "-dtls1_2", "-accept", `127.0.0.1:${port}`, "-cipher", ccm8, "-listen", "-Verify", "4"];
  const own = ["-cert", serverFile, "-key", serverKeyFile, "-cert_chain", middleFile, "-CAfile", rootFile];
  using server = program("openssl", [...usual, ...own, "-verify_return_error"]);
  await server.says("ACCEPT");
  const udp = await bindUdp({ host: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${port}`;
  const light = new DtlsClientPort({
    port: udp,
    server: address,
    clock: systemClock(),
    randomBytes: (count) => randomBytes(count),
    certificates: x509Light,
  });
  const heard: string[] = [];
  const answer = new Promise<void>((resolve) => {
    light.onDatagram((_, datagram) => {
      heard.push(new TextDecoder().decode(datagram));
      resolve();
    });
  });
  light.send(address, text("good evening\n"));
  const said = await server.says("good evening");
  expect(said).toContain("CIPHER is ECDHE-ECDSA-AES128-CCM8");
  server.say("good evening to you");
  await answer;
  expect(heard).toEqual(["good evening to you\n"]);
  expect(light.established).toMatchObject({ identity: text("lamps.example"), credential: "x509" });
  light.disconnect({ sayGoodbye: true });
  await udp.close();
});
