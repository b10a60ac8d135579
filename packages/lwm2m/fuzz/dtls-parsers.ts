import { generateKeyPairSync } from "node:crypto";
import { judgeChain, TrustedRoots } from "@lamplighter/dtls/certificate-chain";
import {
  decodeCertificate,
  decodeCertificateRequest,
  encodeCertificate,
  encodeCertificateRequest,
} from "@lamplighter/dtls/certificate-message";
import { ownerOf } from "@lamplighter/dtls/certificate-name";
import { certificateSuites, cipherSuites } from "@lamplighter/dtls/cipher-suite";
import {
  decodeClientKeyShare,
  decodeServerKeyShare,
  encodeClientKeyShare,
  encodeServerKeyShare,
} from "@lamplighter/dtls/ecdhe-message";
import { KeyShare, publicKeyIn } from "@lamplighter/dtls/elliptic-curve";
import { decodeFragments } from "@lamplighter/dtls/handshake-message";
import {
  decodeClientHello,
  decodeHelloVerifyRequest,
  decodeServerHello,
  encodeClientHello,
  encodeServerHello,
} from "@lamplighter/dtls/hello";
import { MalformedRecord } from "@lamplighter/dtls/malformed-record";
import { decodePskIdentity, encodePskIdentity } from "@lamplighter/dtls/psk-exchange";
import { contentType, decodeRecords, encodeRecord } from "@lamplighter/dtls/record";
import { chooseSuite } from "@lamplighter/dtls/suite-choice";
import { utf8 } from "../src/testing/bytes.ts";
import { lightCertificate, middleCertificate, rootCertificate } from "./dtls-certificates.ts";
import type { FuzzTarget } from "./measure.ts";

const now = Date.UTC(2030, 0, 1);

/** The parsers of DTLS, each by itself. */
export function dtlsParsers(): FuzzTarget[] {
  return [records(), messages(), certificates()];
}

function records(): FuzzTarget {
  const one = (type: number, epoch: number, body: Uint8Array) =>
    encodeRecord({ type, version: 0xfefd, epoch, sequence: 7, body });
  const withId = encodeRecord({
    type: 25,
    version: 0xfefd,
    epoch: 1,
    sequence: 7,
    connectionId: utf8("abcdef"),
    body: utf8("protected"),
  });
  const hello = encodeClientHello(clientHello());
  const fragment = Buffer.concat([Buffer.from("010000000000000000000000", "hex"), hello]);
  const several = Buffer.concat([
    one(contentType.handshake, 0, fragment),
    one(contentType.changeCipherSpec, 0, Uint8Array.of(1)),
    withId,
  ]);
  return guarded("DTLS record", [one(contentType.alert, 0, Uint8Array.of(2, 40)), several, withId], (input) => {
    for (const { type, body } of decodeRecords(input, 6)) {
      if (type === contentType.handshake) for (const piece of decodeFragments(body)) piece.body.at(0);
    }
  });
}

const random = new Uint8Array(32).fill(7);
const clientHello = () => ({
  version: 0xfefd,
  random,
  sessionId: random,
  cookie: random.subarray(16),
  cipherSuites: [0xc0ae, 0xc0a8, 0x00ff],
  compressionMethods: Uint8Array.of(0),
  extensions: new Map([
    [10, Uint8Array.of(0, 2, 0, 23)],
    [11, Uint8Array.of(1, 0)],
    [13, Uint8Array.of(0, 2, 4, 3)],
    [19, Uint8Array.of(2, 2, 0)],
    [20, Uint8Array.of(2, 2, 0)],
    [23, new Uint8Array(0)],
    [54, Uint8Array.of(2, 1, 2)],
  ]),
});

/** The first byte of an input says which message it is meant to be. */
function messages(): FuzzTarget {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const randoms = { client: random, server: random };
  const share = new KeyShare();
  const own = { privateKey, chain: [lightCertificate], trust: () => undefined };
  const abilities = { suites: [...certificateSuites, ...cipherSuites], certificates: own };
  const readers: readonly ((body: Uint8Array) => void)[] = [
    (body) => void chooseSuite(decodeClientHello(body), abilities),
    (body) => void decodeServerHello(body),
    (body) => void decodeHelloVerifyRequest(body),
    (body) => void decodeCertificate(body, "x509"),
    (body) => void decodeCertificate(body, "rpk"),
    (body) => void decodeCertificateRequest(body),
    (body) => void decodeServerKeyShare(body, randoms, publicKey),
    (body) => void share.secretWith(decodeClientKeyShare(body)),
    (body) => void decodePskIdentity(body),
    (body) => void publicKeyIn(body),
  ];
  const info = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
  const bodies: readonly Uint8Array[] = [
    encodeClientHello(clientHello()),
    encodeServerHello({ ...clientHello(), cipherSuite: 0xc0ae }),
    Uint8Array.of(0xfe, 0xff, 16, ...random.subarray(16)),
    encodeCertificate({ kind: "x509", chain: [lightCertificate, middleCertificate] }),
    encodeCertificate({ kind: "rpk", publicKeyInfo: info }),
    encodeCertificateRequest(),
    encodeServerKeyShare(share.point, randoms, privateKey),
    encodeClientKeyShare(share.point),
    encodePskIdentity(utf8("light-1")),
    info,
  ];
  const corpus = bodies.map((body, index) => Uint8Array.of(index, ...body));
  return guarded("DTLS handshake message", corpus, (input) => {
    const [kind = 0] = input;
    readers[kind % readers.length]?.(input.subarray(1));
  });
}

function certificates(): FuzzTarget {
  const roots = new TrustedRoots([rootCertificate]);
  return guarded("certificate", [lightCertificate, middleCertificate, rootCertificate], (input) => {
    ownerOf(input);
    judgeChain([input, middleCertificate], { roots, now, purpose: "client" });
  });
}

function guarded(fuzz: string, corpus: readonly Uint8Array[], take: (input: Uint8Array) => void): FuzzTarget {
  return {
    fuzz,
    corpus,
    take(input) {
      try {
        take(input);
      } catch (error) {
        if (!(error instanceof MalformedRecord)) throw error;
      }
    },
  };
}
