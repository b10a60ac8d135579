import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { joined, numberBytes } from "../src/bytes.ts";
import { derTag } from "../src/der.ts";

/** Makes certificates as right or as wrong as a test wants them: the other half of certificate-fields.ts. */

export interface MadeCertificate {
  readonly certificate: Uint8Array;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly subject: Uint8Array;
}

export interface CertificateWish {
  readonly name?: string;
  /** The subject as it is, in place of one common name. */
  readonly subject?: Uint8Array;
  readonly alternativeNames?: readonly { readonly tag: number; readonly name: string }[];
  /** Who signs; itself where absent. */
  readonly by?: MadeCertificate;
  /** The issuer's name, where it is not that of `by`. */
  readonly issuer?: Uint8Array;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly isAuthority?: boolean;
  readonly pathLengthMax?: number;
  /** Bits of the key usage, the first the highest (RFC 5280 §4.2.1.3); none: no such extension. */
  readonly keyUsage?: number;
  readonly purposes?: readonly string[];
  readonly more?: readonly { readonly id: string; readonly isCritical: boolean; readonly value: Uint8Array }[];
  readonly keys?: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly hash?: "sha256" | "sha1";
}

export const keyUsageBit = { digitalSignature: 0x80, keyAgreement: 0x08, certificateSigning: 0x04 } as const;
export const purpose = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2", any: "2.5.29.37.0" } as const;

export const newKeys = (namedCurve = "P-256") => generateKeyPairSync("ec", { namedCurve });

export function makeCertificate(wish: CertificateWish): MadeCertificate {
  const keys = wish.keys ?? newKeys();
  const subject = wish.subject ?? named(wish.name ?? "");
  const signer = wish.by?.privateKey ?? keys.privateKey;
  const hash = wish.hash ?? "sha256";
  const algorithm = der(derTag.sequence, der(derTag.objectId, objectId(algorithmOf(signer, hash))));
  const time = (text: string) => der(text.length > 13 ? derTag.generalizedTime : derTag.utcTime, Buffer.from(text));
  const signedPart = der(
    derTag.sequence,
    der(0xa0, der(derTag.integer, Uint8Array.of(2))),
    der(derTag.integer, Uint8Array.of(1, ...numberBytes(Math.floor(subject.length * 7), 2))),
    algorithm,
    wish.issuer ?? wish.by?.subject ?? subject,
    der(derTag.sequence, time(wish.notBefore ?? "200101000000Z"), time(wish.notAfter ?? "491231235959Z")),
    subject,
    new Uint8Array(keys.publicKey.export({ format: "der", type: "spki" })),
    der(0xa3, der(derTag.sequence, ...extensionsOf(wish))),
  );
  const signature = sign(hash, signedPart, signer);
  const certificate = der(derTag.sequence, signedPart, algorithm, der(derTag.bitString, Uint8Array.of(0), signature));
  return { certificate, subject, ...keys };
}

/** A subject with one common name. */
export function named(name: string): Uint8Array {
  const attribute = der(
    derTag.sequence,
    der(derTag.objectId, objectId("2.5.4.3")),
    der(derTag.utf8String, Buffer.from(name)),
  );
  return der(derTag.sequence, der(derTag.set, attribute));
}

export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = joined(...parts);
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return joined(Uint8Array.of(tag, ...head), content);
}

export function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

function extensionsOf(wish: CertificateWish): Uint8Array[] {
  const all = [...(wish.more ?? [])];
  const critical = (id: string, value: Uint8Array) => all.push({ id, isCritical: true, value });
  if (wish.isAuthority) {
    const length = wish.pathLengthMax;
    const bound = length === undefined ? [] : [der(derTag.integer, Uint8Array.of(length))];
    critical("2.5.29.19", der(derTag.sequence, der(derTag.boolean, Uint8Array.of(0xff)), ...bound));
  }
  if (wish.keyUsage !== undefined) critical("2.5.29.15", der(derTag.bitString, Uint8Array.of(0, wish.keyUsage)));
  if (wish.purposes) {
    const list = wish.purposes.map((id) => der(derTag.objectId, objectId(id)));
    all.push({ id: "2.5.29.37", isCritical: false, value: der(derTag.sequence, ...list) });
  }
  if (wish.alternativeNames) {
    const list = wish.alternativeNames.map(({ tag, name }) => der(tag, Buffer.from(name, "latin1")));
    all.push({ id: "2.5.29.17", isCritical: false, value: der(derTag.sequence, ...list) });
  }
  return all.map(({ id, isCritical, value }) =>
    der(
      derTag.sequence,
      der(derTag.objectId, objectId(id)),
      ...(isCritical ? [der(derTag.boolean, Uint8Array.of(0xff))] : []),
      der(derTag.octetString, value),
    ),
  );
}

function algorithmOf({ asymmetricKeyType }: KeyObject, hash: "sha256" | "sha1"): string {
  if (asymmetricKeyType === "rsa") return hash === "sha1" ? "1.2.840.113549.1.1.5" : "1.2.840.113549.1.1.11";
  return hash === "sha1" ? "1.2.840.10045.4.1" : "1.2.840.10045.4.3.2";
}

function objectId(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes: number[] = [];
  for (const number of [first * 40 + second, ...rest]) {
    const groups = [number & 0x7f];
    for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return Uint8Array.from(bytes);
}
