import { createECDH, createHash, createPublicKey, type ECDH, type KeyObject, sign, verify } from "node:crypto";
import { copied, joined } from "./bytes.ts";

/** The one curve that is spoken, secp256r1 (RFC 7251 §2, RFC 8422 §5.1.1), as it is called on the wire. */
export const secp256r1 = 23;
/** ECDSA on it with SHA-256 (RFC 8422 §5.1.3, RFC 8446 §4.2.3 writes the same two bytes as one number). */
export const ecdsaSecp256r1Sha256 = 0x0403;

const curveName = "prime256v1";
const coordinateBytes = 32;
/** A point is a 4 and its two coordinates; the compressed forms are not spoken (RFC 8422 §5.1.2). */
export const pointBytes = 1 + 2 * coordinateBytes;
const uncompressed = 4;
/** An ECDSA signature in DER: two numbers of at most 33 bytes (RFC 8422 §5.4). */
export const signatureBytesMax = 72;

/**
 * All of a SubjectPublicKeyInfo on secp256r1 but the point (RFC 5480 §2.1.1): there is one way to write it in DER, so that two
 * of them are the same key exactly when they are the same bytes.
 */
const publicKeyHead = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");
export const publicKeyInfoBytes = publicKeyHead.length + pointBytes;

/** Half of an ephemeral Diffie-Hellman exchange (RFC 8422 §5.10), for one handshake and then forgotten. */
export class KeyShare {
  readonly #half: ECDH = createECDH(curveName);
  /** What the other side is told. */
  readonly point: Uint8Array;

  constructor() {
    this.point = copied(this.#half.generateKeys());
  }

  /**
   * The secret of both, 32 bytes; undefined when what the other side sent is not a point of the curve. Whoever computes with
   * other points gives away his half bit by bit (RFC 8422 §5.11).
   */
  secretWith(point: Uint8Array): Uint8Array | undefined {
    if (!isUncompressed(point)) return undefined;
    try {
      return copied(this.#half.computeSecret(point));
    } catch {
      // OpenSSL looks whether a point is on the curve, and says so by an error; of this curve every such point will do.
      return undefined;
    }
  }
}

/** The key in a SubjectPublicKeyInfo, when it is written as above and its point lies on the curve; undefined otherwise. */
export function publicKeyIn(info: Uint8Array): KeyObject | undefined {
  if (Buffer.compare(info.subarray(0, publicKeyHead.length), publicKeyHead) !== 0) return undefined;
  const point = info.subarray(publicKeyHead.length);
  if (!isUncompressed(point)) return undefined;
  try {
    return createPublicKey({ key: Buffer.from(info), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

/** The SubjectPublicKeyInfo of a key, private or public; undefined when it is not one on secp256r1. */
export function publicKeyInfoOf(key: KeyObject): Uint8Array | undefined {
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== curveName) return undefined;
  const own = key.type === "private" ? createPublicKey(key) : key;
  const { x, y } = own.export({ format: "jwk" });
  if (!x || !y) return undefined;
  return joined(publicKeyHead, Uint8Array.of(uncompressed), Buffer.from(x, "base64url"), Buffer.from(y, "base64url"));
}

/** A short name for a public key, that no other has. */
export function publicKeyDigest(publicKeyInfo: Uint8Array): Uint8Array {
  return copied(createHash("sha256").update(publicKeyInfo).digest());
}

export function signed(bytes: Uint8Array, key: KeyObject): Uint8Array {
  return sign("sha256", bytes, key);
}

/** Whether the owner of a key signed these bytes. */
export function isSigned(bytes: Uint8Array, signature: Uint8Array, key: KeyObject): boolean {
  if (signature.length > signatureBytesMax) return false;
  try {
    return verify("sha256", bytes, key, signature);
  } catch {
    // What is not even a signature in DER.
    return false;
  }
}

function isUncompressed(point: Uint8Array): boolean {
  return point.length === pointBytes && point[0] === uncompressed;
}
