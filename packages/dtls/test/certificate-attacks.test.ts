import { expect, test } from "vitest";
import { joined, numberBytes, vectorBytes } from "../src/bytes.ts";
import { encodeCertificate, encodeSignature } from "../src/certificate-message.ts";
import { type Certificates, checkedCertificates } from "../src/certificates.ts";
import { type CipherSuite, certificateSuites, cipherSuites } from "../src/cipher-suite.ts";
import { ClientHandshake } from "../src/client-handshake.ts";
import { encodeServerKeyShare } from "../src/ecdhe-message.ts";
import { KeyShare, publicKeyIn, signed } from "../src/elliptic-curve.ts";
import { extensionType } from "../src/extension.ts";
import { type HandshakeMessage, handshakeType } from "../src/handshake-message.ts";
import { decodeClientHello, decodeServerHello, encodeClientHello } from "../src/hello.ts";
import { MalformedRecord } from "../src/malformed-record.ts";
import { ServerHandshake } from "../src/server-handshake.ts";
import { makeCertificate, newKeys } from "./certificate-maker.ts";
import { infoOf, lightKeys, pinned, rawLight, rawServer, root, serverKeys, x509Light, x509Server } from "./city.ts";
import { lockstep, type Tamper } from "./lockstep.ts";
import { keyOfLight, seededBytes, text } from "./world.ts";

const clientOf = (certificates: Certificates, suites: readonly CipherSuite[] = certificateSuites) =>
  new ClientHandshake({
    suites,
    certificates: checkedCertificates(certificates),
    randomBytes: seededBytes(1),
    connectionId: undefined,
  });
const serverOf = (certificates: Certificates | undefined) => (hello: HandshakeMessage) =>
  new ServerHandshake(decodeClientHello(hello.body), hello, {
    suites: [...cipherSuites, ...certificateSuites],
    keyOf: () => keyOfLight,
    certificates: certificates && checkedCertificates(certificates),
    resumable: () => undefined,
    randomBytes: seededBytes(2),
    connectionId: new Uint8Array(6),
  });
const raw = (tamper?: Tamper) => lockstep(clientOf(rawLight), serverOf(rawServer), tamper);
const withChains = (tamper?: Tamper) =>
  lockstep(clientOf(x509Light), serverOf({ ...x509Server, accepts: ["x509"] }), tamper);

/** Gives every message of one type from one side another body. */
const changing = (side: "client" | "server", type: number, change: (body: Uint8Array) => Uint8Array): Tamper => {
  return (message, from) =>
    from === side && message.type === type ? [{ ...message, body: change(message.body) }] : [message];
};
const leavingOut = (side: "client" | "server", type: number): Tamper => {
  return (message, from) => (from === side && message.type === type ? [] : [message]);
};
const { certificate, certificateVerify, clientKeyExchange, serverKeyExchange, certificateRequest } = handshakeType;

test("left alone, both prove who they are", () => {
  expect(raw()).toMatchObject({
    client: { identity: "the server", credential: "rpk" },
    server: { identity: "light-1", credential: "rpk" },
  });
  expect(withChains()).toMatchObject({
    client: { identity: "lamps.example", credential: "x509" },
    server: { identity: "light-1", credential: "x509" },
  });
});

// ── A client that is not what it says ────────────────────────────────────────────────────────────────────────────────

const other = newKeys();

test("a client that shows another's key and leaves the proof out is refused", () => {
  expect(raw(leavingOut("client", certificateVerify)).server.failed).toBe("unexpected-message");
});

test("a client that shows another's key and signs with its own is refused", () => {
  const client = clientOf({ ...rawLight, privateKey: other.privateKey });
  const tamper = changing("client", certificate, () =>
    encodeCertificate({ kind: "rpk", publicKeyInfo: infoOf(lightKeys) }),
  );
  expect(lockstep(client, serverOf(rawServer), tamper).server.failed).toBe("wrong-signature");
});

test("a proof from another handshake, of other bytes, or of an algorithm that was not asked for is refused", () => {
  const earlier = raw().client.said.find(({ type }) => type === certificateVerify)!;
  const proofs: readonly Uint8Array[] = [
    earlier.body,
    encodeSignature(signed(text("anything"), lightKeys.privateKey)),
    joined(numberBytes(0x0203, 2), earlier.body.subarray(2)),
    encodeSignature(new Uint8Array(0)),
    encodeSignature(new Uint8Array(72)),
    // r = s = 0, and the point at infinity as a signature of everything.
    encodeSignature(Uint8Array.of(0x30, 6, 2, 1, 0, 2, 1, 0)),
  ];
  for (const proof of proofs) {
    expect(raw(changing("client", certificateVerify, () => proof)).server.failed).toBe("wrong-signature");
  }
});

test("a client without a certificate is refused", () => {
  for (const run of [raw, withChains]) {
    expect(run(changing("client", certificate, () => new Uint8Array(3))).server.failed).toBe("no-certificate");
    expect(run(leavingOut("client", certificate)).server.failed).toBe("unexpected-message");
  }
});

test("a client's messages in another order, or twice, are refused", () => {
  const twice: Tamper = (message, from) =>
    from === "client" && message.type === certificate ? [message, message] : [message];
  expect(raw(twice).server.failed).toBe("unexpected-message");
  const held: HandshakeMessage[] = [];
  const proofFirst: Tamper = (message, from) => {
    if (from !== "client" || message.type !== clientKeyExchange) {
      const isProof = from === "client" && message.type === certificateVerify;
      return isProof ? [message, ...held.splice(0)] : [message];
    }
    held.push(message);
    return [];
  };
  expect(raw(proofFirst).server.failed).toBe("unexpected-message");
});

const onOtherCurve = makeCertificate({ name: "light-1", by: root, keys: newKeys("P-384") });

test("a key on another curve is refused, bare and in a certificate", () => {
  const body = encodeCertificate({ kind: "x509", chain: [onOtherCurve.certificate] });
  expect(withChains(changing("client", certificate, () => body)).server.failed).toBe("no-certificate");
  const info = new Uint8Array(onOtherCurve.publicKey.export({ format: "der", type: "spki" }));
  expect(publicKeyIn(info)).toBeUndefined();
});

test("a chain that is too long or too large is refused before any of it is read", () => {
  const { chain = [] } = x509Light;
  const long = encodeCertificate({ kind: "x509", chain: [...chain, ...chain, ...chain] });
  const large = encodeCertificate({ kind: "x509", chain: [chain[0]!, new Uint8Array(6_000)] });
  for (const body of [long, large, Uint8Array.of(0, 0, 5, 0, 0, 9, 1, 1), new Uint8Array(0)]) {
    expect(() => withChains(changing("client", certificate, () => body))).toThrow(MalformedRecord);
  }
});

test("whom the server does not trust it refuses, and asks only when the client has proved its key", () => {
  let asked = 0;
  const certificates: Certificates = {
    ...rawServer,
    trust: () => {
      asked++;
      return undefined;
    },
  };
  const tamper = changing("client", certificateVerify, () => encodeSignature(new Uint8Array(70)));
  expect(lockstep(clientOf(rawLight), serverOf(certificates), tamper).server.failed).toBe("wrong-signature");
  expect(asked).toBe(0);
  expect(lockstep(clientOf(rawLight), serverOf(certificates)).server.failed).toBe("untrusted");
  expect(asked).toBe(1);
});

// ── Points that are none (RFC 8422 §5.11) ────────────────────────────────────────────────────────────────────────────

const good = new KeyShare().point;
const points: readonly (readonly [string, Uint8Array])[] = [
  ["none at all", Uint8Array.of(0)],
  ["the point at infinity", Uint8Array.of(4, ...new Uint8Array(64))],
  ["a point beside the curve", good.map((byte, at) => (at === 64 ? byte ^ 1 : byte))],
  ["coordinates beyond the field", Uint8Array.of(4, ...new Uint8Array(64).fill(255))],
  ["a compressed point", Uint8Array.of(2 + (good[64]! & 1), ...good.subarray(1, 33))],
  ["a point of the hybrid form", Uint8Array.of(6 + (good[64]! & 1), ...good.subarray(1))],
  ["a point cut short", good.subarray(0, 64)],
  ["a point with a byte too many", joined(good, Uint8Array.of(0))],
];

test.each(points)("as a client's half of the exchange, %s is refused", (_, point) => {
  const tamper = changing("client", clientKeyExchange, () => vectorBytes(point, 1));
  expect(raw(tamper).server.failed).toBe("wrong-key-share");
});

test.each(points)("as a public key, %s is none", (_, point) => {
  expect(publicKeyIn(joined(infoOf(lightKeys).subarray(0, 26), point))).toBeUndefined();
});

test("as a server's half, signed as it should be, no such point is taken", () => {
  for (const [, point] of points.filter(([, { length }]) => length <= 65)) {
    const tamper = signedShare((randoms) => encodeServerKeyShare(point, randoms, serverKeys.privateKey));
    expect(raw(tamper).client.failed).toBe("wrong-key-share");
  }
});

// ── A server that is not what it says ────────────────────────────────────────────────────────────────────────────────

/** Exchanges the server's half for one that knows the randoms of both. */
function signedShare(make: (randoms: { client: Uint8Array; server: Uint8Array }) => Uint8Array): Tamper {
  let client = new Uint8Array(0);
  let server = new Uint8Array(0);
  return (message, from) => {
    if (message.type === handshakeType.clientHello) client = decodeClientHello(message.body).random.slice();
    if (message.type === handshakeType.serverHello) server = decodeServerHello(message.body).random.slice();
    const isShare = from === "server" && message.type === serverKeyExchange;
    return isShare ? [{ ...message, body: make({ client, server }) }] : [message];
  };
}

test("a server's half that another signed, or that was signed in another handshake, is refused", () => {
  const { point } = new KeyShare();
  const forged = signedShare((randoms) => encodeServerKeyShare(point, randoms, other.privateKey));
  expect(raw(forged).client.failed).toBe("wrong-signature");
  const replayed = signedShare(({ client }) =>
    encodeServerKeyShare(point, { client, server: new Uint8Array(32) }, serverKeys.privateKey),
  );
  expect(raw(replayed).client.failed).toBe("wrong-signature");
});

test("a server's half on another curve, or on one that it describes itself, is refused", () => {
  expect(raw(changing("server", serverKeyExchange, (body) => body.with(2, 24))).client.failed).toBe("wrong-key-share");
  expect(raw(changing("server", serverKeyExchange, (body) => body.with(0, 1))).client.failed).toBe("wrong-key-share");
});

test("a server that shows no key, no half, or does not ask who the light is, is refused", () => {
  for (const type of [certificate, serverKeyExchange, certificateRequest]) {
    expect(raw(leavingOut("server", type)).client.failed).toBe("unexpected-message");
  }
});

test("a server that the light does not trust learns nothing of the light", () => {
  const light = clientOf({ ...rawLight, trust: pinned(other, "the server") });
  const { client } = lockstep(light, serverOf(rawServer));
  expect(client.failed).toBe("untrusted");
  expect(client.said.map(({ type }) => type)).toEqual([handshakeType.clientHello]);
});

test("a server that shows itself in a way that was not offered is refused", () => {
  const onlyChains = clientOf({ ...x509Light, accepts: ["x509"] });
  const tamper = changing("server", handshakeType.serverHello, (body) => {
    const at = Buffer.from(body).indexOf(Buffer.from([0, 20, 0, 1, 0]));
    return body.with(at + 4, 2);
  });
  expect(lockstep(onlyChains, serverOf(x509Server), tamper).client.failed).toBe("no-certificate");
});

// ── What is not agreed on ────────────────────────────────────────────────────────────────────────────────────────────

test.each([
  ["another curve", extensionType.supportedGroups, Uint8Array.of(0, 2, 0, 24)],
  ["compressed points only", extensionType.ecPointFormats, Uint8Array.of(1, 1)],
  ["signatures with SHA-1 only", extensionType.signatureAlgorithms, Uint8Array.of(0, 2, 2, 3)],
  ["certificates of another kind for itself", extensionType.clientCertificateType, Uint8Array.of(1, 1)],
  ["certificates of another kind of us", extensionType.serverCertificateType, Uint8Array.of(1, 0)],
])("a client that wants %s gets no handshake", (_, type, content) => {
  const tamper = changing("client", handshakeType.clientHello, (body) => {
    const hello = decodeClientHello(body);
    return encodeClientHello({ ...hello, extensions: new Map([...hello.extensions, [type, content]]) });
  });
  expect(raw(tamper).server.failed).toBe("no-common-suite");
});

test("a server without certificates of its own speaks no suite of theirs", () => {
  expect(lockstep(clientOf(rawLight), serverOf(undefined)).server.failed).toBe("no-common-suite");
});

test("a light that has both is spoken to by its pre-shared key, and one that has none by its certificate", () => {
  const light = new ClientHandshake({
    suites: [...certificateSuites, ...cipherSuites],
    preShared: { identity: text("light-1"), key: keyOfLight },
    certificates: checkedCertificates(rawLight),
    randomBytes: seededBytes(1),
    connectionId: undefined,
  });
  expect(lockstep(light, serverOf(rawServer)).server).toMatchObject({ identity: "light-1", credential: "psk" });
});

test("whatever is changed in the clear of a handshake, in any message, it does not end well", () => {
  const { client, server } = withChains();
  const outcomes: string[] = [];
  for (const [side, said] of [
    ["client", client.said],
    ["server", server.said],
  ] as const) {
    for (const { type, body } of said) {
      for (let at = 0; at < body.length; at += 7) {
        const tamper = changing(side, type, (bytes) =>
          bytes.with(Math.min(at, bytes.length - 1), bytes[Math.min(at, bytes.length - 1)]! ^ 4),
        );
        try {
          const outcome = withChains(tamper);
          if (outcome.client.identity && outcome.server.identity) outcomes.push(`${side} ${type} byte ${at}`);
        } catch (error) {
          if (!(error instanceof MalformedRecord)) throw error;
        }
      }
    }
  }
  expect(outcomes).toEqual([]);
}, 30_000);
