import { MalformedRecord } from "./malformed-record.ts";

/** Why a connection ends, or why one cannot begin (RFC 5246 §7.2, RFC 4279 §2). */
export const alertDescription = {
  closeNotify: 0,
  unexpectedMessage: 10,
  badRecordMac: 20,
  handshakeFailure: 40,
  badCertificate: 42,
  unsupportedCertificate: 43,
  certificateUnknown: 46,
  illegalParameter: 47,
  unknownCa: 48,
  accessDenied: 49,
  decodeError: 50,
  decryptError: 51,
  protocolVersion: 70,
  insufficientSecurity: 71,
  internalError: 80,
  noRenegotiation: 100,
  unsupportedExtension: 110,
  unknownPskIdentity: 115,
} as const;

export type AlertDescription = (typeof alertDescription)[keyof typeof alertDescription];

export interface Alert {
  readonly level: "warning" | "fatal";
  readonly description: number;
}

/** Throws {@link MalformedRecord}. A level that is neither is read as fatal, the safe side. */
export function decodeAlert(content: Uint8Array): Alert {
  if (content.length !== 2) throw new MalformedRecord("alert", content.length);
  return { level: content[0] === 1 ? "warning" : "fatal", description: content[1]! };
}

export function encodeAlert({ level, description }: Alert): Uint8Array {
  return Uint8Array.of(level === "warning" ? 1 : 2, description);
}
