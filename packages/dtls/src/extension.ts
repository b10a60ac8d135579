import { ByteReader } from "./byte-reader.ts";
import { joined, numberBytes, vectorBytes } from "./bytes.ts";
import { MalformedRecord } from "./malformed-record.ts";

/** Extensions of the hellos that we look at; all others are passed over (RFC 5246 §7.4.1.4). */
export const extensionType = {
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  /** RFC 7250 §7. */
  clientCertificateType: 19,
  serverCertificateType: 20,
  /** RFC 7366 §2. */
  encryptThenMac: 22,
  extendedMasterSecret: 23,
  /** RFC 9146 §3. */
  connectionId: 54,
  renegotiationInfo: 0xff01,
} as const;

/** Extensions by their type, in the order they came. */
export type Extensions = ReadonlyMap<number, Uint8Array>;

/** A hello with more is refused: ten times what any client sends. */
const extensionsMax = 64;

/** Reads the extensions at the end of a hello; none when it ends before them. Throws {@link MalformedRecord}. */
export function readExtensions(reader: ByteReader): Extensions {
  const extensions = new Map<number, Uint8Array>();
  if (reader.left === 0) return extensions;
  const list = new ByteReader(reader.vector(2, "extensions"));
  reader.end("after the extensions");
  while (list.left > 0) {
    const type = list.number(2, "extension type");
    // Twice the same is an error of the sender (RFC 5246 §7.4.1.4), and a way to make two readers disagree.
    if (extensions.has(type) || extensions.size >= extensionsMax) {
      throw new MalformedRecord("extensions", list.offset);
    }
    extensions.set(type, list.vector(2, "extension"));
  }
  return extensions;
}

export function encodeExtensions(extensions: Extensions): Uint8Array {
  if (extensions.size === 0) return new Uint8Array(0);
  const list = [...extensions].map(([type, content]) => joined(numberBytes(type, 2), vectorBytes(content, 2)));
  return vectorBytes(joined(...list), 2);
}

/**
 * Whether a hello says nothing of an earlier handshake (RFC 5746 §3.4, §3.6): we never renegotiate, so whoever does speaks of a
 * connection that is not ours.
 */
export function renegotiatesNothing(extensions: Extensions): boolean {
  const content = extensions.get(extensionType.renegotiationInfo);
  return !content || (content.length === 1 && content[0] === 0);
}

/** The connection id that a hello gives its reader to address its writer by; empty: it wants none itself (RFC 9146 §3). */
export function connectionIdIn(extensions: Extensions): Uint8Array | undefined {
  const content = extensions.get(extensionType.connectionId);
  if (!content) return undefined;
  const reader = new ByteReader(content);
  const connectionId = reader.vector(1, "connection id");
  reader.end("after the connection id");
  return connectionId;
}
