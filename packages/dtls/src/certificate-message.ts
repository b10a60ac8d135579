import { ByteReader } from "./byte-reader.ts";
import { copied, joined, numberBytes, vectorBytes } from "./bytes.ts";
import type { CertificateType } from "./certificate-type.ts";
import { ecdsaSecp256r1Sha256, publicKeyInfoBytes, signatureBytesMax } from "./elliptic-curve.ts";
import { MalformedRecord } from "./malformed-record.ts";

/** Bounds of what a peer may show. A message beyond is refused before anything in it is looked at. */
export const certificateLimits = {
  /** Certificates of one chain, the peer's own among them, without its root. */
  chainMax: 4,
  /** Bytes of all of them together. */
  chainBytesMax: 6_000,
} as const;

/** What a peer showed of itself in a Certificate message: nothing is proved by it yet. */
export type ShownCertificate =
  | { readonly kind: "rpk"; readonly publicKeyInfo: Uint8Array }
  /** In DER, the peer's own first, each signed by the next. Never empty. */
  | { readonly kind: "x509"; readonly chain: readonly Uint8Array[] };

/**
 * Reads a Certificate message: a list of certificates (RFC 5246 §7.4.2), or a bare key (RFC 7250 §3). Undefined when the
 * peer has none to show. Throws {@link MalformedRecord}.
 */
export function decodeCertificate(body: Uint8Array, type: CertificateType): ShownCertificate | undefined {
  const reader = new ByteReader(body);
  const content = reader.vector(3, "certificates", { max: certificateLimits.chainBytesMax });
  reader.end("after the certificates");
  if (content.length === 0) return undefined;
  if (type === "rpk") {
    if (content.length !== publicKeyInfoBytes) throw new MalformedRecord("raw public key", 3);
    return { kind: "rpk", publicKeyInfo: copied(content) };
  }
  const list = new ByteReader(content);
  const chain: Uint8Array[] = [];
  while (list.left > 0) {
    if (chain.length === certificateLimits.chainMax) throw new MalformedRecord("certificate chain", list.offset);
    chain.push(copied(list.vector(3, "certificate", { min: 1 })));
  }
  return { kind: "x509", chain };
}

export function encodeCertificate(shown: ShownCertificate): Uint8Array {
  if (shown.kind === "rpk") return vectorBytes(shown.publicKeyInfo, 3);
  return vectorBytes(joined(...shown.chain.map((one) => vectorBytes(one, 3))), 3);
}

const ecdsaSign = 64;

/** What a server asks of its clients: a key on our curve, whoever vouches for it (RFC 5246 §7.4.4, RFC 8422 §5.5). */
export function encodeCertificateRequest(): Uint8Array {
  const nobodyInParticular = numberBytes(0, 2);
  return joined(
    vectorBytes(Uint8Array.of(ecdsaSign), 1),
    vectorBytes(numberBytes(ecdsaSecp256r1Sha256, 2), 2),
    nobodyInParticular,
  );
}

/** Returns whether the server takes what we can sign with. Throws {@link MalformedRecord}. */
export function decodeCertificateRequest(body: Uint8Array): boolean {
  const reader = new ByteReader(body);
  const types = reader.vector(1, "certificate types", { min: 1 });
  const algorithms = signatureAlgorithmsIn(reader);
  reader.vector(2, "certificate authorities");
  reader.end("after the certificate authorities");
  return types.includes(ecdsaSign) && algorithms.includes(ecdsaSecp256r1Sha256);
}

/** A list of signature algorithms, as it stands in a hello and in a request (RFC 5246 §7.4.1.4.1). */
export function signatureAlgorithmsIn(reader: ByteReader): readonly number[] {
  return numbersIn(reader.vector(2, "signature algorithms", { min: 2 }), "signature algorithm");
}

/** Numbers of two bytes each, nothing else. Throws {@link MalformedRecord}. */
export function numbersIn(bytes: Uint8Array, field: string): readonly number[] {
  const reader = new ByteReader(bytes);
  const numbers: number[] = [];
  while (reader.left > 0) numbers.push(reader.number(2, field));
  return numbers;
}

/** A signature with the name of its algorithm before it (RFC 5246 §4.7): the end of two messages, all of CertificateVerify. */
export function encodeSignature(signature: Uint8Array): Uint8Array {
  return joined(numberBytes(ecdsaSecp256r1Sha256, 2), vectorBytes(signature, 2));
}

/** Returns the signature to the end of the message; undefined when it is of an algorithm that was not asked for. */
export function readSignature(reader: ByteReader): Uint8Array | undefined {
  const algorithm = reader.number(2, "signature algorithm");
  const signature = reader.vector(2, "signature");
  reader.end("after the signature");
  return algorithm === ecdsaSecp256r1Sha256 && signature.length <= signatureBytesMax ? signature : undefined;
}
