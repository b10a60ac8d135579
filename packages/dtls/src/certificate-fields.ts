import { booleanOf, type DerElement, DerReader, derTag, objectIdText, sequenceIn, smallNumberOf } from "./der.ts";
import { MalformedRecord } from "./malformed-record.ts";

/** What we look at in a certificate (RFC 5280 §4.1). Bytes are views on it. */
export interface CertificateFields {
  /** Of the signature, with dots; the same in both places where it stands. */
  readonly signatureAlgorithm: string;
  /** In DER, to be compared byte by byte, as RFC 5280 §7.1 lets one. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** ms since 1970, both inclusive (RFC 5280 §4.1.2.5). */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKeyInfo: Uint8Array;
  /** By their identifiers. */
  readonly extensions: ReadonlyMap<string, CertificateExtension>;
}

export interface CertificateExtension {
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/** A certificate with more is refused: no sort of certificate has a third of it. */
const extensionsMax = 32;
const version3 = 2;
/** Tags of the optional parts at the end of a certificate, and of the version at its beginning. */
const contextTag = { version: 0xa0, issuerId: 0x81, subjectId: 0x82, extensions: 0xa3 } as const;

/** Reads a certificate. Throws {@link MalformedRecord}. Nothing is proved by it: its signature is looked at elsewhere. */
export function certificateFields(certificate: Uint8Array): CertificateFields {
  const whole = sequenceIn(certificate);
  const signedPart = new DerReader(whole.expect(derTag.sequence).content);
  const outerAlgorithm = whole.expect(derTag.sequence);
  whole.expect(derTag.bitString);
  whole.end();

  const version = signedPart.optional(contextTag.version);
  if (!version || smallNumberOf(new DerReader(version.content).expect(derTag.integer)) !== version3) {
    throw new MalformedRecord("certificate version", 0);
  }
  signedPart.expect(derTag.integer);
  const innerAlgorithm = signedPart.expect(derTag.sequence);
  // What was signed says how it was signed; else the outer name could be exchanged (RFC 5280 §4.1.1.2).
  if (Buffer.compare(innerAlgorithm.bytes, outerAlgorithm.bytes) !== 0) throw new MalformedRecord("algorithm", 0);
  const issuer = signedPart.expect(derTag.sequence).bytes;
  const validity = new DerReader(signedPart.expect(derTag.sequence).content);
  const [notBefore, notAfter] = [timeOf(validity.next()), timeOf(validity.next())];
  validity.end();
  const subject = signedPart.expect(derTag.sequence).bytes;
  const publicKeyInfo = signedPart.expect(derTag.sequence).bytes;
  signedPart.optional(contextTag.issuerId);
  signedPart.optional(contextTag.subjectId);
  const extensions = signedPart.optional(contextTag.extensions);
  signedPart.end();
  const signatureAlgorithm = objectIdText(new DerReader(innerAlgorithm.content).expect(derTag.objectId).content);
  return {
    ...{ signatureAlgorithm, issuer, notBefore, notAfter, subject, publicKeyInfo },
    extensions: extensionsIn(extensions),
  };
}

/** The key that a certificate is about, as a SubjectPublicKeyInfo. Throws {@link MalformedRecord}. */
export function publicKeyInfoIn(certificate: Uint8Array): Uint8Array {
  return certificateFields(certificate).publicKeyInfo;
}

function extensionsIn(element: DerElement | undefined): ReadonlyMap<string, CertificateExtension> {
  const found = new Map<string, CertificateExtension>();
  if (!element) return found;
  const list = sequenceIn(element.content);
  while (!list.isAtEnd) {
    const one = new DerReader(list.expect(derTag.sequence).content);
    const id = objectIdText(one.expect(derTag.objectId).content);
    const critical = one.optional(derTag.boolean);
    const { content: value } = one.expect(derTag.octetString);
    one.end();
    // None may stand there twice (RFC 5280 §4.2): which of the two would count?
    if (found.has(id) || found.size >= extensionsMax) throw new MalformedRecord("certificate extension", 0);
    found.set(id, { isCritical: critical !== undefined && booleanOf(critical), value });
  }
  return found;
}

/** YYMMDDHHMMSSZ up to 2049, YYYYMMDDHHMMSSZ from then on: no other way to write a time is allowed (RFC 5280 §4.1.2.5). */
function timeOf({ tag, content }: DerElement): number {
  const text = Buffer.from(content).toString("latin1");
  const isShort = tag === derTag.utcTime;
  const pattern = isShort ? /^\d{12}Z$/ : /^\d{14}Z$/;
  if ((!isShort && tag !== derTag.generalizedTime) || !pattern.test(text)) throw new MalformedRecord("time", 0);
  const long = isShort ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const [year, month, day, hour, minute, second] = [4, 6, 8, 10, 12, 14].map((end, index) =>
    Number(long.slice(index === 0 ? 0 : end - 2, end)),
  ) as [number, number, number, number, number, number];
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  at.setUTCHours(hour, minute, second, 0);
  const isReal = at.getUTCMonth() === month - 1 && at.getUTCDate() === day && at.getUTCSeconds() === second;
  if (!isReal || at.getUTCHours() !== hour || at.getUTCMinutes() !== minute) throw new MalformedRecord("time", 0);
  return at.getTime();
}
