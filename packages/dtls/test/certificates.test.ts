import { milliseconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import type { Certificates } from "../src/certificates.ts";
import { certificateSuites } from "../src/cipher-suite.ts";
import { makeCertificate } from "./certificate-maker.ts";
import { lightKeys, middle, rawLight, rawServer, serverKeys, x509Light, x509Server } from "./city.ts";
import { text, world } from "./world.ts";

const suite = "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8";
/** It has a pre-shared key too, and does not offer it. */
const withCertificates = (certificates: Certificates) => ({ certificates, suites: certificateSuites });

test.each([
  ["a raw public key", "rpk", rawServer, rawLight, "the server"],
  ["a certificate", "x509", { ...x509Server, accepts: ["x509"] }, x509Light, "lamps.example"],
] as const)(
  "a light connects by %s, and both know whom they speak to",
  async (_, credential, ofServer, ofLight, server) => {
    const it = world({ server: { certificates: ofServer } });
    const { client, answers, say } = it.light("", { ...withCertificates(ofLight), connectionId: Uint8Array.of(7) });
    say("hello");
    await it.pass(1_000);
    expect(answers).toEqual(["hello"]);
    expect(client.established).toMatchObject({ identity: text(server), credential, extendedMasterSecret: true });
    const peer = it.server.peerOf(it.heard[0]!.from);
    expect(peer).toMatchObject({
      identity: text("light-1"),
      credential,
      hasConnectionId: true,
      suite: { name: suite },
    });
  },
);

test("in bad weather a handshake with certificates, which are longer than a datagram, ends all the same", async () => {
  const long = { id: "1.2.3.4", isCritical: false, value: new Uint8Array(900) };
  const lightOwn = makeCertificate({ name: "light-1", by: middle, keys: lightKeys, more: [long] });
  const serverOwn = makeCertificate({ name: "lamps.example", by: middle, keys: serverKeys, more: [long] });
  for (let seed = 1; seed <= 60; seed++) {
    const conditions = { loss: 0.2, duplication: 0.1, delayMax: milliseconds(400) };
    const chain = [serverOwn.certificate, middle.certificate];
    const it = world({ seed, conditions, server: { certificates: { ...x509Server, chain } } });
    const ofLight = { ...x509Light, chain: [lightOwn.certificate, middle.certificate] };
    const { client, say } = it.light("", {
      ...withCertificates(ofLight),
      ...(seed % 2 === 0 && { connectionId: new Uint8Array(0) }),
    });
    say("hello");
    for (let seconds = 0; seconds < 120 && !(client.isConnected && it.server.connections === 1); seconds++) {
      await it.pass(1_000);
    }
    expect({ seed, client: client.isConnected, server: it.server.connections }).toEqual({
      seed,
      client: true,
      server: 1,
    });
  }
});
