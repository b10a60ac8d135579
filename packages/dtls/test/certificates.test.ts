import { milliseconds } from "@lamplighter/runtime/duration";
import { SealedBox } from "@lamplighter/runtime/sealed-box";
import { expect, test } from "vitest";
import type { Certificates } from "../src/certificates.ts";
import { certificateSuites } from "../src/cipher-suite.ts";
import { publicKeyDigest } from "../src/elliptic-curve.ts";
import { decodeFragments } from "../src/handshake-message.ts";
import { decodeHelloVerifyRequest } from "../src/hello.ts";
import { decodeRecords } from "../src/record.ts";
import { proofDigest, sealSession } from "../src/session-sealing.ts";
import { hello } from "./attacker.ts";
import { makeCertificate, newKeys } from "./certificate-maker.ts";
import { infoOf, lightKeys, middle, rawLight, rawServer, serverKeys, x509Light, x509Server } from "./city.ts";
import { keeperOfNothing, seededBytes, serverAddress, text, world } from "./world.ts";

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
  for (let seed = 1; seed <= 200; seed++) {
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

test("a session that was proved by a certificate is resumed as what it was, without another proof", async () => {
  let asked = 0;
  const trust: Certificates["trust"] = (peer) => {
    asked++;
    return rawServer.trust(peer);
  };
  const it = world({ server: { certificates: { ...rawServer, trust } } });
  const { client, answers, say } = it.light("", withCertificates(rawLight));
  say("before");
  await it.pass(500);
  client.disconnect({ keepSession: true });
  say("after");
  await it.pass(500);
  expect(answers).toEqual(["before", "after"]);
  expect(it.server.peerOf(it.heard[1]!.from)).toMatchObject({
    ...{ identity: text("light-1"), credential: "rpk", isResumed: true },
  });
  expect(client.established).toMatchObject({ identity: text("the server"), credential: "rpk", isResumed: true });
  expect(asked).toBe(1);
});

test.each([
  ["whose certificate has expired since", { trust: () => ({ identity: text("light-1"), validUntil: 5 }) }],
  ["that is not remembered any more", { remembers: () => false }],
  ["that is remembered with another key", { remembers: (_: Uint8Array, digest: Uint8Array) => digest.length !== 32 }],
])("a light %s has to prove itself anew", async (_, more) => {
  const it = world({ server: { certificates: { ...rawServer, ...more } } });
  const { client, answers, say } = it.light("", withCertificates(rawLight));
  say("before");
  await it.pass(500);
  client.disconnect({ keepSession: true });
  say("after");
  await it.pass(500);
  expect(answers).toEqual(["before", "after"]);
  expect(client.established?.isResumed).toBe(false);
});

test("an identity that is forgotten loses its connection and its session, however it was proved", async () => {
  const it = world({ server: { certificates: rawServer } });
  const { client, say } = it.light("", withCertificates(rawLight));
  say("before");
  await it.pass(500);
  it.server.forgetIdentity(text("light-1"));
  await it.pass(500);
  expect(it.server.connections).toBe(0);
  say("after");
  await it.pass(500);
  expect(client.established?.isResumed).toBe(false);
});

test("so many handshakes with certificates are begun in a second and no more; the rest come again and are let in later", async () => {
  const it = world({ server: { certificates: rawServer, limits: { keyExchangesPerSecondMax: 5 } } });
  const lights = Array.from({ length: 12 }, (_, index) => {
    const light = it.light("", { ...withCertificates(rawLight), at: `10.0.3.${index}:1` });
    light.say("hello");
    return light;
  });
  await it.pass(400);
  expect(it.server.counters).toMatchObject({ handshakesBegun: 5, keyExchangesHeldBack: 7 });
  // A light with a pre-shared key costs little, and does not wait behind them.
  const other = it.light("light-2", { at: "10.0.4.1:1" });
  other.say("me too");
  await it.pass(400);
  expect(other.answers).toEqual(["me too"]);
  await it.pass(8_000);
  expect(lights.every(({ client }) => client.handshakes === 1)).toBe(true);
});

test("one host that begins handshakes with certificates without end leaves time for the others", async () => {
  const it = world({ server: { certificates: rawServer, limits: { keyExchangesPerSecondMax: 8 } } });
  for (let port = 1; port <= 12; port++) {
    it.light("", { ...withCertificates(rawLight), at: `203.0.113.9:${port}` }).say("me");
  }
  await it.pass(100);
  expect(it.server.counters.keyExchangesHeldBack).toBeGreaterThan(0);
  const other = it.light("", { ...withCertificates(rawLight), at: "10.0.4.1:1" });
  other.say("me too");
  await it.pass(100);
  expect(other.answers).toEqual(["me too"]);
});

test("a key and a chain that do not belong together are refused at the start", () => {
  const trust = () => undefined;
  const { chain = [], privateKey } = x509Server;
  const begin = (certificates: Certificates) => () => world({ server: { certificates } });
  expect(begin({ privateKey, chain, trust })).not.toThrow();
  expect(begin({ privateKey: lightKeys.privateKey, chain, trust })).toThrow("not that of the private key");
  expect(begin({ privateKey: newKeys("P-384").privateKey, trust })).toThrow("not one on secp256r1");
  expect(begin({ privateKey: serverKeys.publicKey, trust })).toThrow("not one on secp256r1");
  expect(begin({ privateKey, chain: [], trust })).toThrow("1 to 4 certificates");
});

test("who knows the id of another's session gets no whole handshake beyond the bound by it", async () => {
  const it = world({ server: { certificates: rawServer, limits: { keyExchangesPerSecondMax: 1 } } });
  const { client, say } = it.light("", withCertificates(rawLight));
  say("before");
  await it.pass(500);
  const { sessionId } = client.established!;
  const thief = it.network.bind("203.0.113.9:9");
  const back: Uint8Array[] = [];
  thief.onDatagram((_, datagram) => back.push(datagram));
  // Without the extended master secret that the session was born with it cannot be resumed.
  const more = {
    sessionId,
    cipherSuites: [0xc0ae],
    extensions: new Map([
      [20, Uint8Array.of(1, 2)],
      [19, Uint8Array.of(1, 2)],
    ]),
  };
  thief.send(serverAddress, hello(undefined, more));
  await it.pass(50);
  const [record] = [...decodeRecords(back[0]!, 0)];
  const [fragment] = [...decodeFragments(record!.body)];
  const cookie = decodeHelloVerifyRequest(fragment!.body);
  thief.send(serverAddress, hello(undefined, { ...more, cookie }));
  await it.pass(50);
  expect(it.server.counters).toMatchObject({ handshakesBegun: 1, keyExchangesHeldBack: 1 });
});

test("a connection that was proved by a key outlives its process as what it was, unless its owner is not remembered", async () => {
  const it = world({ server: { certificates: rawServer } });
  const { client, say } = it.light("", { ...withCertificates(rawLight), connectionId: new Uint8Array(0) });
  say("before");
  await it.pass(500);
  const box = new SealedBox({ key: new Uint8Array(32), randomBytes: seededBytes(9) });
  const { connectionIds, ...rest } = client.established!;
  const { ours, theirs } = connectionIds!;
  const proved = { identity: text("light-1"), publicKeyDigest: publicKeyDigest(infoOf(lightKeys)) };
  const established = { ...rest, ...proved, connectionIds: { ours: theirs, theirs: ours } };
  const name = "dtls:old";
  const sealed = sealSession(box, name, established, proofDigest(text("light-1")));
  const row = { name, sealed, udpAddress: "10.0.0.1:1", sendBelow: 50, acceptedBelow: 50, connectedAt: 0, heardAt: 0 };
  const restored = (certificates: Certificates | undefined) => {
    const sessions = keeperOfNothing();
    const { server } = world({ seed: 2, server: { sessions, ...(certificates && { certificates }) } });
    server.restore([row], box, { sendBelow: 48, acceptedBelow: 0 });
    return server.peerOf(name);
  };
  // A suite that is not spoken any more, and a name that is not known any more.
  expect(restored(undefined)).toBeUndefined();
  expect(restored({ ...rawServer, remembers: () => false })).toBeUndefined();
  const remembersKey = (info: Uint8Array) => (_: Uint8Array, digest: Uint8Array) =>
    Buffer.compare(digest, publicKeyDigest(info)) === 0;
  expect(restored({ ...rawServer, remembers: remembersKey(infoOf(newKeys())) })).toBeUndefined();
  expect(restored({ ...rawServer, remembers: remembersKey(infoOf(lightKeys)) })).toBeDefined();
  expect(restored(rawServer)).toMatchObject({ identity: text("light-1"), credential: "rpk", hasConnectionId: true });
});
