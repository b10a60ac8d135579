import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { joined } from "../src/bytes.ts";
import { judgeChain, TrustedRoots } from "../src/certificate-chain.ts";
import { certificateFields } from "../src/certificate-fields.ts";
import { ownerOf } from "../src/certificate-name.ts";
import { certificatesInPem } from "../src/certificate-pem.ts";
import { trustPinned, trustRoots } from "../src/certificate-trust.ts";
import { derTag } from "../src/der.ts";
import { MalformedRecord } from "../src/malformed-record.ts";
import {
  type CertificateWish,
  der,
  keyUsageBit,
  type MadeCertificate,
  makeCertificate,
  named,
  newKeys,
  pem,
  purpose,
} from "./certificate-maker.ts";
import { text } from "./world.ts";

const now = Date.UTC(2026, 0, 1);
const authority = (wish: CertificateWish) => makeCertificate({ isAuthority: true, ...wish });
const root = authority({ name: "the root", keyUsage: keyUsageBit.certificateSigning });
const middle = authority({ name: "the middle", by: root });
const light = makeCertificate({ name: "light-1", by: middle });
const roots = new TrustedRoots([root.certificate]);
const judge = (...path: readonly MadeCertificate[]) =>
  judgeChain(
    path.map(({ certificate }) => certificate),
    { roots, now, purpose: "client" },
  );

test("a certificate is trusted when one after the other vouches for it up to a root, which may come along", () => {
  expect(judge(light, middle)).toEqual({ kind: "trusted", validUntil: Date.UTC(2049, 11, 31, 23, 59, 59) });
  expect(judge(light, middle, root)).toMatchObject({ kind: "trusted" });
  expect(judge(makeCertificate({ name: "light-2", by: root }))).toMatchObject({ kind: "trusted" });
  const inPem = new TrustedRoots([pem("CERTIFICATE", root.certificate)]);
  const terms = { roots: inPem, now, purpose: "client" } as const;
  expect(judgeChain([light.certificate, middle.certificate], terms)).toMatchObject({ kind: "trusted" });
});

test("it is trusted up to the second in which the first of the chain expires", () => {
  const brief = makeCertificate({ name: "light-1", by: middle, notBefore: "250101000000Z", notAfter: "260101000000Z" });
  const at = (time: number) =>
    judgeChain([brief.certificate, middle.certificate], { roots, now: time, purpose: "client" }).kind;
  expect(at(Date.UTC(2024, 11, 31, 23, 59, 59))).toBe("refused");
  expect(at(Date.UTC(2025, 0, 1))).toBe("trusted");
  expect(at(Date.UTC(2026, 0, 1))).toBe("trusted");
  expect(at(Date.UTC(2026, 0, 1, 0, 0, 1))).toBe("refused");
});

const rsa = (modulusLength: number) => generateKeyPairSync("rsa", { modulusLength });
const evilRoot = authority({ name: "the root" });
const evilMiddle = authority({ name: "the middle", by: evilRoot });
const unlimited = { id: "1.2.3.4.5", isCritical: true, value: new Uint8Array(2) };
const onlySomeNames = { id: "2.5.29.30", isCritical: false, value: Uint8Array.of(0x30, 0) };
const child = (by: MadeCertificate, wish: CertificateWish = {}) => makeCertificate({ name: "light-1", by, ...wish });

const refusals: readonly (readonly [string, readonly MadeCertificate[], string])[] = [
  ["vouches for itself", [makeCertificate({ name: "light-1" })], "no root"],
  ["comes from a root of the same name and another key", [child(evilMiddle), evilMiddle], "signature of the root"],
  ["lacks one in between", [light], "no root"],
  ["is signed by another than it says", [child(evilMiddle, { issuer: middle.subject }), middle], "signature within"],
  ["says that another signed it", [child(middle, { issuer: named("somebody") }), middle], "signature within"],
  ["has another's certificate between it and the root", [child(evilMiddle), middle], "signature within"],
  ["is signed by a light", [child(light), light, middle], "may not sign for others"],
  [
    "is signed by an authority whose key is not for that",
    (() => {
      const signer = authority({ name: "the middle", by: root, keyUsage: keyUsageBit.digitalSignature });
      return [child(signer), signer];
    })(),
    "may not sign for others",
  ],
  [
    "is further down than an authority allows",
    (() => {
      const bounded = authority({ name: "bounded", by: root, pathLengthMax: 0 });
      const below = authority({ name: "below", by: bounded });
      return [child(below), below, bounded];
    })(),
    "longer than an authority allows",
  ],
  ["is longer than any may be", [light, middle, middle, middle, middle], "too long"],
  [
    "has an expired authority",
    (() => {
      const old = authority({ name: "old", by: root, notAfter: "251231235959Z" });
      return [child(old), old];
    })(),
    "expired",
  ],
  [
    "has a critical extension that we do not know",
    [child(root, { more: [unlimited] })],
    "critical extension 1.2.3.4.5",
  ],
  [
    "has an authority that is limited to some names",
    (() => {
      const limited = authority({ name: "limited", by: root, more: [onlySomeNames] });
      return [child(limited), limited];
    })(),
    "critical extension 2.5.29.30",
  ],
  ["is for servers only", [child(root, { purposes: [purpose.server] })], "not for a client"],
  [
    "has an authority that is for servers only",
    (() => {
      const servers = authority({ name: "servers", by: root, purposes: [purpose.server] });
      return [child(servers), servers];
    })(),
    "not for a client",
  ],
  ["has a key that is for agreement only", [child(root, { keyUsage: keyUsageBit.keyAgreement })], "not for signatures"],
  ["is signed with SHA-1", [child(root, { hash: "sha1" })], "signature of the root"],
  [
    "is signed by an RSA key that is too short",
    (() => {
      const weak = authority({ name: "weak", by: root, keys: rsa(1_024) });
      return [child(weak), weak];
    })(),
    "signature within",
  ],
  [
    "is signed by a key on a curve that is too short",
    (() => {
      const weak = authority({ name: "weak", by: root, keys: newKeys("secp224r1") });
      return [child(weak), weak];
    })(),
    "signature within",
  ],
];

test.each(refusals)("refused: a chain that %s", (_, path, why) => {
  const verdict = judge(...path);
  expect(verdict.kind === "refused" && verdict.why).toContain(why);
});

test("an authority with an RSA key of 2,048 bits may sign", () => {
  const strong = authority({ name: "strong", by: root, keys: rsa(2_048) });
  expect(judge(child(strong), strong)).toMatchObject({ kind: "trusted" });
});

test("a certificate that is changed in any byte is not trusted, and nothing is thrown but MalformedRecord", () => {
  const { certificate } = light;
  for (let at = 0; at < certificate.length; at++) {
    const changed = certificate.slice();
    changed[at]! ^= 1 << (at % 8);
    expect(verdictOf(changed), `byte ${at}`).not.toBe("trusted");
  }
});

test.each([
  ["for clients", [purpose.client]],
  ["for servers and clients", [purpose.server, purpose.client]],
  ["for anything", [purpose.any]],
])(
  "a certificate that says it is %s is trusted as a client's, and so is what such an authority signed (RFC 5280 §4.2.1.12)",
  (_, purposes) => {
    const clients = authority({ name: "clients", by: root, purposes });
    expect(judge(makeCertificate({ name: "light-1", by: clients, purposes }), clients)).toMatchObject({
      kind: "trusted",
    });
  },
);

test("whatever stands in place of a certificate, nothing is thrown but MalformedRecord", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => verdictOf(bytes) !== "trusted"),
    { numRuns: 2_000 },
  );
});

function verdictOf(certificate: Uint8Array): string {
  try {
    return judgeChain([certificate, middle.certificate], { roots, now, purpose: "client" }).kind;
  } catch (error) {
    if (error instanceof MalformedRecord) return "malformed";
    throw error;
  }
}

test("a certificate that names one algorithm inside and another outside is refused (RFC 5280 §4.1.1.2)", () => {
  const ecdsaWithSha256 = Buffer.from("2a8648ce3d040302", "hex");
  const changed = Buffer.from(light.certificate);
  expect(certificateFields(changed).signatureAlgorithm).toBe("1.2.840.10045.4.3.2");
  changed[changed.lastIndexOf(ecdsaWithSha256) + 7] = 3;
  expect(() => certificateFields(changed)).toThrow(MalformedRecord);
});

test.each([
  ["a date that is none", { notAfter: "260230000000Z" }],
  ["an hour that is none", { notAfter: "260101240000Z" }],
  ["a time without seconds", { notAfter: "2601010000Z" }],
  ["a time elsewhere than in Greenwich", { notAfter: "20260101000000+0100" }],
  [
    "an extension twice",
    { isAuthority: true, more: [{ id: "2.5.29.19", isCritical: true, value: Uint8Array.of(0x30, 0) }] },
  ],
])("refused: a certificate with %s", (_, wish) => {
  expect(() => certificateFields(makeCertificate({ name: "light-1", ...wish }).certificate)).toThrow(MalformedRecord);
});

test("a year from 2050 on is written with four digits, one before it with two", () => {
  const later = makeCertificate({ name: "light-1", notBefore: "500101000000Z", notAfter: "20500101000000Z" });
  const { notBefore, notAfter } = certificateFields(later.certificate);
  expect([notBefore, notAfter]).toEqual([Date.UTC(1950, 0, 1), Date.UTC(2050, 0, 1)]);
});

const dns = 0x82;
const uri = 0x86;
const commonNames = (...names: string[]) => der(derTag.sequence, ...names.map((name) => named(name).subarray(2)));
test.each<[string, CertificateWish, string | undefined]>([
  ["the common name", { name: "light-1" }, "light-1"],
  ["the one alternative name", { name: "x", alternativeNames: [{ tag: dns, name: "light-1" }] }, "light-1"],
  [
    "a URI",
    { name: "x", alternativeNames: [{ tag: uri, name: "urn:dev:mac:0024befffe804ff1" }] },
    "urn:dev:mac:0024befffe804ff1",
  ],
  [
    "the common name beside an address of mail",
    { name: "light-1", alternativeNames: [{ tag: 0x81, name: "a@b" }] },
    "light-1",
  ],
  [
    "nothing of two alternative names",
    {
      name: "x",
      alternativeNames: [
        { tag: dns, name: "a" },
        { tag: uri, name: "b" },
      ],
    },
    undefined,
  ],
  ["nothing of two common names", { subject: commonNames("light-1", "light-2") }, undefined],
  ["nothing of no name", { subject: der(derTag.sequence) }, undefined],
  ["nothing of an empty name", { name: "" }, undefined],
  ["nothing of a name with a zero in it", { name: "light-1\0.example" }, undefined],
  ["nothing of a name with spaces", { name: "light 1" }, undefined],
  ["nothing of a name outside of ASCII", { name: "lïght-1" }, undefined],
  ["nothing of a name of 129 bytes", { name: "l".repeat(129) }, undefined],
  ["a name of 128 bytes", { name: "l".repeat(128) }, "l".repeat(128)],
])("a certificate calls its owner by %s", (_, wish, name) => {
  const owner = ownerOf(makeCertificate({ by: root, ...wish }).certificate);
  expect(owner && Buffer.from(owner).toString()).toBe(name);
});

test("who trusts roots says why a peer was not trusted, and never trusts a bare key", () => {
  const whys: string[] = [];
  const trust = trustRoots({
    ...{ roots, now: () => now, purpose: "client" },
    knows: (identity) => Buffer.from(identity).toString() === "light-1",
    onRefused: ({ why }) => whys.push(why),
  });
  const shown = (one: MadeCertificate) =>
    ({ kind: "x509", publicKeyInfo: new Uint8Array(0), chain: [one.certificate, middle.certificate] }) as const;
  expect(trust(shown(light))).toMatchObject({ identity: text("light-1") });
  expect(trust(shown(makeCertificate({ name: "light-2", by: middle })))).toBeUndefined();
  expect(trust(shown(makeCertificate({ name: "light 1", by: middle })))).toBeUndefined();
  expect(trust({ kind: "rpk", publicKeyInfo: new Uint8Array(91) })).toBeUndefined();
  expect(trust({ kind: "x509", publicKeyInfo: new Uint8Array(0), chain: [Uint8Array.of(1)] })).toBeUndefined();
  expect(whys).toEqual([
    "nobody of this name is known",
    "the certificate does not name its owner in one way",
    "a bare key, which nobody vouches for",
    "malformed length at byte 1",
  ]);
});

test("who pins keys looks at the key only, however it is shown", () => {
  const pin = Uint8Array.of(1, 2, 3);
  const trust = trustPinned((info) => (Buffer.compare(info, pin) === 0 ? text("light-1") : undefined));
  expect(trust({ kind: "rpk", publicKeyInfo: pin })).toEqual({ identity: text("light-1") });
  expect(trust({ kind: "x509", publicKeyInfo: pin, chain: [] })).toEqual({ identity: text("light-1") });
  expect(trust({ kind: "rpk", publicKeyInfo: Uint8Array.of(1, 2) })).toBeUndefined();
});

test("roots that cannot be read, or may not sign for others, are refused at the start", () => {
  expect(() => new TrustedRoots([root.certificate, "nonsense"])).toThrow("Root certificate 2 cannot be read.");
  expect(() => new TrustedRoots([light.certificate])).toThrow("Root certificate 1 is not that of an authority.");
});

test("the certificates of a PEM file are read in their order, and what stands between them is passed over", () => {
  const file = ["A light:", pem("CERTIFICATE", light.certificate), "\r\n", pem("CERTIFICATE", middle.certificate)];
  expect(certificatesInPem(file.join("\n"))).toEqual([light.certificate, middle.certificate]);
  expect(certificatesInPem("nothing")).toEqual([]);
  const broken = pem("CERTIFICATE", light.certificate.subarray(0, 50));
  expect(() => certificatesInPem(file.join("\n") + broken)).toThrow("Certificate 3 of the file cannot be read.");
});

/** A key as it would stand in a certificate, for a maker that asks for nothing else of it. */
const keyWritten = (info: Uint8Array) =>
  ({ ...newKeys(), publicKey: { export: () => info } }) as unknown as ReturnType<typeof newKeys>;
const onP256 = (point: Uint8Array) =>
  keyWritten(joined(Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"), point));
const unknownKind = der(derTag.sequence, der(derTag.objectId, Uint8Array.of(0x2a, 3, 4)));

test.each([
  ["of a kind that is not spoken", generateKeyPairSync("ed25519")],
  [
    "of a kind that nobody knows",
    keyWritten(der(derTag.sequence, unknownKind, der(derTag.bitString, Uint8Array.of(0, 1)))),
  ],
  ["that is the point at infinity", onP256(Uint8Array.of(4, ...new Uint8Array(64)))],
  ["that lies beside the curve", onP256(Uint8Array.of(4, ...new Uint8Array(64).fill(7)))],
])("an authority with a key %s vouches for nobody, even when a root vouches for it", (_, keys) => {
  const strange = authority({ name: "strange", by: root, keys: { ...keys, privateKey: newKeys().privateKey } });
  const below = makeCertificate({ name: "light-1", issuer: strange.subject });
  expect(judge(below, strange)).toMatchObject({ kind: "refused", why: "a signature within the chain is wrong" });
});
