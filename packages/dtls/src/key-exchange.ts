import { ByteReader } from "./byte-reader.ts";
import { vectorBytes } from "./bytes.ts";

/** A pre-shared key identity may have this many bytes; we take all of them, whatever they are (RFC 4279 §2, §5.3). */
export const identityBytesMax = 128;

/** The identity in a ClientKeyExchange with a plain pre-shared key (RFC 4279 §2). Throws {@link MalformedRecord}. */
export function decodePskIdentity(body: Uint8Array): Uint8Array {
  const reader = new ByteReader(body);
  const identity = reader.vector(2, "identity", { max: identityBytesMax });
  reader.end("after the identity");
  return identity;
}

export function encodePskIdentity(identity: Uint8Array): Uint8Array {
  return vectorBytes(identity, 2);
}
