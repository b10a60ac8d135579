import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dtls } from "node-dtls-client";
import { expect, test } from "vitest";
import { cbcSuite, cipherSuites } from "../src/cipher-suite.ts";
import { peerKey, program, realServer } from "./real-server.ts";

const hexKey = Buffer.from(peerKey).toString("hex");

function openssl(port: number, ...more: string[]) {
  const usual = ["s_client", "-dtls1_2", "-connect", `127.0.0.1:${port}`, "-psk", hexKey, "-psk_identity", "light-1"];
  return program("openssl", [...usual, ...more]);
}

test.each([
  ["PSK-AES128-CCM8:@SECLEVEL=0", "PSK-AES128-CCM8"],
  ["PSK-AES128-CCM", "PSK-AES128-CCM"],
  ["PSK-AES128-GCM-SHA256", "PSK-AES128-GCM-SHA256"],
  ["ALL:@SECLEVEL=0", "PSK-AES128-CCM8"],
])("openssl with %s speaks %s with us, and hears back what it says", async (ciphers, chosen) => {
  await using real = await realServer();
  using client = openssl(real.port, "-cipher", ciphers);
  const hello = await client.says("Extended master secret: yes");
  expect(hello).toContain(`Cipher is ${chosen}`);
  client.say("a lamp in the fog");
  await client.says("a lamp in the fog");
  expect(real.events.map(({ kind }) => kind)).toEqual(["connected"]);
});

test("openssl with PSK-AES128-CBC-SHA256 is refused, and where it was asked for gets it with encrypt-then-MAC", async () => {
  const ciphers = ["-cipher", "PSK-AES128-CBC-SHA256"];
  {
    await using real = await realServer();
    using client = openssl(real.port, ...ciphers);
    expect(await client.says("alert")).toContain("handshake failure");
  }
  await using real = await realServer({ suites: [...cipherSuites, cbcSuite] });
  using client = openssl(real.port, ...ciphers);
  expect(await client.says("Extended master secret: yes")).toContain("Cipher is PSK-AES128-CBC-SHA256");
  for (const words of ["a lamp in the fog", "and another that is a little further away"]) {
    client.say(words);
    await client.says(words);
  }
});

test("a client of CBC without encrypt-then-MAC is refused, even where CBC was asked for", async () => {
  await using real = await realServer({ suites: [...cipherSuites, cbcSuite] });
  const socket = dtls.createSocket({
    type: "udp4",
    address: "127.0.0.1",
    port: real.port,
    psk: { "light-1": peerKey },
    ciphers: ["TLS_PSK_WITH_AES_128_CBC_SHA256"],
  });
  socket.on("error", () => {});
  expect(await real.event("refused")).toMatchObject({ why: "no-common-suite" });
  socket.close();
});

test("openssl with a datagram so small that its flights come in pieces gets there too", async () => {
  await using real = await realServer();
  using client = openssl(real.port, "-cipher", "PSK-AES128-CCM", "-mtu", "256");
  client.say("in pieces");
  await client.says("in pieces");
});

test("openssl with an identity nobody knows is told so", async () => {
  await using real = await realServer();
  using client = openssl(real.port, "-psk_identity", "stranger");
  expect(await client.says("alert")).toContain("unknown psk identity");
  expect(await real.event("refused")).toMatchObject({ why: "unknown-identity" });
});

test("openssl with the wrong key never gets in, and we say whose key was wrong", async () => {
  await using real = await realServer();
  using client = openssl(real.port, "-psk", "00".repeat(16));
  void client.ended;
  const refused = await real.event("refused");
  expect(refused).toMatchObject({ why: "wrong-key", identity: new TextEncoder().encode("light-1") });
  expect(real.server.connections).toBe(0);
}, 20_000);

test("openssl that offers no suite of ours is told that the handshake failed", async () => {
  await using real = await realServer();
  using client = openssl(real.port, "-cipher", "PSK-AES256-GCM-SHA384");
  expect(await client.says("alert")).toContain("handshake failure");
});

test("openssl comes back by its session id, without another key exchange", async () => {
  await using real = await realServer();
  const folder = mkdtempSync(join(tmpdir(), "lamplighter-dtls-"));
  const session = join(folder, "session.pem");
  {
    using first = openssl(real.port, "-cipher", "PSK-AES128-CCM", "-sess_out", session);
    first.say("first");
    await first.says("first");
    first.say("Q");
    await first.ended;
  }
  using second = openssl(real.port, "-cipher", "PSK-AES128-CCM", "-sess_in", session);
  expect(await second.says("Extended master secret: yes")).toContain("Reused, TLSv1.2");
  second.say("second");
  await second.says("second");
  expect(real.events.filter(({ kind }) => kind === "connected")).toMatchObject([
    { isResumed: false },
    { isResumed: true },
  ]);
  rmSync(folder, { recursive: true });
});

test.each(["coap-client-openssl", "coap-client-gnutls"])("libcoap's %s connects over coaps", async (command) => {
  await using real = await realServer();
  // The server sends the request back as if it were the answer, which libcoap refuses with a reset: enough to be heard.
  using client = program(command, [
    "-k",
    peerKey,
    "-u",
    "light-1",
    "-m",
    "get",
    "-B",
    "3",
    `coaps://127.0.0.1:${real.port}/rd`,
  ]);
  void client.ended;
  const connected = await real.event("connected");
  expect(connected).toMatchObject({ isResumed: false });
});

test.each(["TLS_PSK_WITH_AES_128_CCM_8", "TLS_PSK_WITH_AES_128_CCM", "TLS_PSK_WITH_AES_128_GCM_SHA256"] as const)(
  "node-dtls-client speaks %s with us, and hears back what it says",
  async (suite) => {
    await using real = await realServer();
    const socket = dtls.createSocket({
      type: "udp4",
      address: "127.0.0.1",
      port: real.port,
      psk: { "light-1": peerKey },
      ciphers: [suite],
    });
    await once(socket, "connected");
    const answer = once(socket, "message");
    socket.send(Buffer.from("good evening"));
    expect(String((await answer)[0])).toBe("good evening");
    const closed = once(socket, "close");
    socket.close();
    await closed;
  },
);
