import { ByteReader } from "./byte-reader.ts";
import { type Extensions, extensionType } from "./extension.ts";

/** How one side shows its public key: in a certificate that somebody signed, or the bare key (RFC 7250 §3). */
export type CertificateType = "x509" | "rpk";

/** On the wire (RFC 7250 §7, the registry of RFC 6091). */
const certificateTypeNumber = { x509: 0, rpk: 2 } as const satisfies Record<CertificateType, number>;

/** Whose key it is: the extensions for the two sides are written alike. */
export type CertificateSide = "client" | "server";

const extensionOf = {
  client: extensionType.clientCertificateType,
  server: extensionType.serverCertificateType,
} as const;

/** The list in a client's hello, the best first (RFC 7250 §4.1). */
export function offeredTypes(types: readonly CertificateType[]): Uint8Array {
  return Uint8Array.of(types.length, ...types.map((type) => certificateTypeNumber[type]));
}

/**
 * What a server takes of a client's offer for one side: the client's first that it can do too; undefined when there is none.
 * Without the extension it is X.509 (RFC 7250 §4.2). Throws {@link MalformedRecord}.
 */
export function chosenType(
  offered: Extensions,
  side: CertificateSide,
  able: readonly CertificateType[],
): CertificateType | undefined {
  const content = offered.get(extensionOf[side]);
  if (!content) return able.find((type) => type === "x509");
  const reader = new ByteReader(content);
  const numbers = reader.vector(1, "certificate types", { min: 1 });
  reader.end("after the certificate types");
  for (const number of numbers) {
    const type = able.find((one) => certificateTypeNumber[one] === number);
    if (type) return type;
  }
  return undefined;
}

/** The server's answer for one side (RFC 7250 §4.2). */
export function answerType(type: CertificateType): Uint8Array {
  return Uint8Array.of(certificateTypeNumber[type]);
}

/**
 * What a server answered for one side: one of those offered, X.509 when it answered nothing; undefined when it is none of
 * them. Throws {@link MalformedRecord}.
 */
export function answeredType(
  answered: Extensions,
  side: CertificateSide,
  offered: readonly CertificateType[],
): CertificateType | undefined {
  const content = answered.get(extensionOf[side]);
  if (!content) return offered.find((type) => type === "x509");
  const reader = new ByteReader(content);
  const number = reader.number(1, "certificate type");
  reader.end("after the certificate type");
  return offered.find((type) => certificateTypeNumber[type] === number);
}
