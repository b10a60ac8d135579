import { type KeyObject, X509Certificate } from "node:crypto";
import { invariant } from "@lamplighter/runtime/invariant";
import { type CertificateFields, certificateFields } from "./certificate-fields.ts";
import { certificateLimits } from "./certificate-message.ts";
import { booleanOf, DerReader, derTag, objectIdText, sequenceIn, smallNumberOf } from "./der.ts";
import { MalformedRecord } from "./malformed-record.ts";

/** A certificate that was read by us for its fields, and by OpenSSL for its signature. */
interface ReadCertificate {
  readonly fields: CertificateFields;
  readonly x509: X509Certificate;
}

/** Those that vouch for others, as a city was given them. Made once. */
export class TrustedRoots {
  readonly #bySubject = new Map<string, ReadCertificate[]>();

  /** In DER or PEM, one certificate each. Throws an `Error` that says which cannot be read or used. */
  constructor(certificates: readonly (Uint8Array | string)[]) {
    for (const [index, given] of certificates.entries()) {
      let root: ReadCertificate;
      try {
        root = readCertificate(new X509Certificate(given).raw);
      } catch (cause) {
        throw new Error(`Root certificate ${index + 1} cannot be read.`, { cause });
      }
      if (!isAuthority(root)) throw new Error(`Root certificate ${index + 1} is not that of an authority.`);
      const key = text(root.fields.subject);
      this.#bySubject.set(key, [...(this.#bySubject.get(key) ?? []), root]);
    }
  }

  /** Roots that a certificate names as its issuer. */
  issuersOf({ issuer }: CertificateFields): readonly ReadCertificate[] {
    return this.#bySubject.get(text(issuer)) ?? [];
  }
}

export interface ChainTerms {
  readonly roots: TrustedRoots;
  /** ms since 1970. */
  readonly now: number;
  readonly purpose: "client" | "server";
}

export type ChainVerdict =
  /** `validUntil` in ms since 1970: when the first of the chain, its root among them, expires. */
  { readonly kind: "trusted"; readonly validUntil: number } | { readonly kind: "refused"; readonly why: string };

const refused = (why: string): ChainVerdict => ({ kind: "refused", why });

/**
 * Judges a chain of certificates, the peer's own first, by RFC 5280 §6.1 as far as lights need it: signatures, names, times, who
 * may sign for others and how far down, what a key is for. Policies and constraints on names are not spoken: a certificate that
 * asks for them by a critical extension is refused, and so is any with another critical extension. Revocation is not looked at.
 *
 * It goes from the root down, so that nothing is computed with a key that nobody has vouched for. Throws {@link MalformedRecord}.
 */
export function judgeChain(chain: readonly Uint8Array[], { roots, now, purpose }: ChainTerms): ChainVerdict {
  if (chain.length === 0 || chain.length > certificateLimits.chainMax) return refused("the chain is empty or too long");
  const read = chain.map(readCertificate);
  const top = read.findIndex(({ fields }) => roots.issuersOf(fields).length > 0);
  if (top < 0) return refused("no root that is trusted has signed any of the chain");
  // What stands above may be the root itself, sent along; nothing of it is needed.
  const path = read.slice(0, top + 1);
  for (const root of roots.issuersOf(path[top]!.fields)) {
    if (hasSigned(root, path[top]!)) return judgePath([...path, root], { now, purpose });
  }
  return refused("the signature of the root is wrong");
}

/** The peer's certificate first, its root last; the root is known to have signed the one before it. */
function judgePath(path: readonly ReadCertificate[], { now, purpose }: Omit<ChainTerms, "roots">): ChainVerdict {
  const rootAt = path.length - 1;
  for (let at = rootAt; at >= 0; at--) {
    const one = path[at]!;
    const { notBefore, notAfter } = one.fields;
    if (now < notBefore) return refused("a certificate is not valid yet");
    if (now > notAfter) return refused("a certificate has expired");
    const unknown = unknownCritical(one.fields);
    if (unknown !== undefined)
      return refused(`a certificate has the critical extension ${unknown}, which is not spoken`);
    if (at > 0 && !isAuthority(one)) return refused("a certificate was signed by one that may not sign for others");
    // Authorities between it and the peer's own certificate (RFC 5280 §4.2.1.9).
    if (at > 0 && at - 1 > pathLengthMaxOf(one.fields)) return refused("the chain is longer than an authority allows");
    if (at < rootAt && !isFor(one.fields, purpose)) return refused(`a certificate is not for a ${purpose}`);
    const below = path[at - 1];
    if (below && at < rootAt && !hasSigned(one, below)) return refused("a signature within the chain is wrong");
  }
  if (!maySign(path[0]!.fields)) return refused("the key of the certificate is not for signatures");
  return { kind: "trusted", validUntil: Math.min(...path.map(({ fields }) => fields.notAfter)) };
}

function readCertificate(certificate: Uint8Array): ReadCertificate {
  const fields = certificateFields(certificate);
  try {
    const x509 = new X509Certificate(certificate);
    invariant(x509.raw.length === certificate.length, "OpenSSL read another certificate than we did");
    return { fields, x509 };
  } catch {
    throw new MalformedRecord("certificate", 0);
  }
}

/** ECDSA and RSA (PKCS #1) with SHA-256, SHA-384 and SHA-512. What is signed with SHA-1 or MD5 can be forged. */
const signatureAlgorithms: readonly string[] = [
  ...["1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4"],
  ...["1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13"],
];

function hasSigned(issuer: ReadCertificate, certificate: ReadCertificate): boolean {
  const { fields, x509 } = certificate;
  if (Buffer.compare(fields.issuer, issuer.fields.subject) !== 0) return false;
  if (!signatureAlgorithms.includes(fields.signatureAlgorithm)) return false;
  const key = keyOf(issuer);
  return key !== undefined && isStrong(key) && x509.verify(key);
}

/** The key that a certificate is about; undefined when OpenSSL cannot read it, which it finds out only when it is asked. */
function keyOf({ x509 }: ReadCertificate): KeyObject | undefined {
  try {
    return x509.publicKey;
  } catch {
    return undefined;
  }
}

const rsaBits = { min: 2_048, max: 4_096 } as const;
const curves: readonly string[] = ["prime256v1", "secp384r1", "secp521r1"];

function isStrong({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  const { namedCurve = "", modulusLength = 0 } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "ec") return curves.includes(namedCurve);
  return asymmetricKeyType === "rsa" && modulusLength >= rsaBits.min && modulusLength <= rsaBits.max;
}

// ── Extensions (RFC 5280 §4.2) ───────────────────────────────────────────────────────────────────────────────────────

const extensionId = {
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  extendedKeyUsage: "2.5.29.37",
} as const;
/** Never critical in our eyes only: a certificate that is limited to some names is not one without limits. */
const nameConstraints = "2.5.29.30";
const spoken: readonly string[] = Object.values(extensionId);

function unknownCritical({ extensions }: CertificateFields): string | undefined {
  for (const [id, { isCritical }] of extensions) {
    if (id === nameConstraints || (isCritical && !spoken.includes(id))) return id;
  }
  return undefined;
}

/** Whether it may sign for others: it says so in its basic constraints, and its key usage does not say otherwise. */
function isAuthority({ fields }: ReadCertificate): boolean {
  const bits = keyUsageOf(fields);
  return basicConstraints(fields).isAuthority && (bits === undefined || (bits & keyUsage.certificateSigning) !== 0);
}

function pathLengthMaxOf(fields: CertificateFields): number {
  return basicConstraints(fields).pathLengthMax;
}

/** RFC 5280 §4.2.1.9. */
function basicConstraints({ extensions }: CertificateFields) {
  const extension = extensions.get(extensionId.basicConstraints);
  if (!extension) return { isAuthority: false, pathLengthMax: 0 };
  const content = sequenceIn(extension.value);
  const authority = content.optional(derTag.boolean);
  const length = content.optional(derTag.integer);
  content.end();
  return {
    isAuthority: authority !== undefined && booleanOf(authority),
    pathLengthMax: length ? smallNumberOf(length) : Number.POSITIVE_INFINITY,
  };
}

const keyUsage = { digitalSignature: 0x80, certificateSigning: 0x04 } as const;

/** The first eight bits (RFC 5280 §4.2.1.3); undefined when nothing is said of the key. */
function keyUsageOf({ extensions }: CertificateFields): number | undefined {
  const extension = extensions.get(extensionId.keyUsage);
  if (!extension) return undefined;
  const reader = new DerReader(extension.value);
  const [unused = 8, first] = reader.expect(derTag.bitString).content;
  reader.end();
  if (unused > 7 || first === undefined) throw new MalformedRecord("key usage", 0);
  return first;
}

/** A CertificateVerify and a signed key share are signatures (RFC 8422 §2.2). */
function maySign(fields: CertificateFields): boolean {
  const bits = keyUsageOf(fields);
  return bits === undefined || (bits & keyUsage.digitalSignature) !== 0;
}

const purposeId = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2", any: "2.5.29.37.0" } as const;

/** Whether what it says of its purposes, if anything, has this one in it (RFC 5280 §4.2.1.12). Asked of authorities too. */
function isFor({ extensions }: CertificateFields, purpose: "client" | "server"): boolean {
  const extension = extensions.get(extensionId.extendedKeyUsage);
  if (!extension) return true;
  const list = sequenceIn(extension.value);
  const purposes: string[] = [];
  while (!list.isAtEnd) purposes.push(objectIdText(list.expect(derTag.objectId).content));
  return purposes.includes(purposeId[purpose]) || purposes.includes(purposeId.any);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
