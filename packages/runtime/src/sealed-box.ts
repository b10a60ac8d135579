import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { invariant } from "./invariant.ts";

/** Of AES-256, and of every key that {@link deriveKey} makes. */
export const boxKeyBytes = 32;

const algorithm = "aes-256-gcm";
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + nonceBytes + tagBytes;

/** What sealing adds to the length of what is sealed. */
export const boxOverheadBytes = headBytes;

/**
 * Locks secrets away for storage: who reads the database, or a copy of it, has nothing without the key.
 *
 * AES-256-GCM (NIST SP 800-38D) with a fresh nonce of 96 random bits each time; `version ‖ nonce ‖ tag ‖ secret`. What
 * is sealed is bound to where it belongs (`credential:42`): the box of one row, put into another by somebody who may
 * write the database, does not open there. Not defended: an older box of the same row put back.
 *
 * A random nonce repeats with a chance of 2^-33 after 2^32 boxes under one key (SP 800-38D §8.3), which is far beyond the
 * credentials and sessions that one installation ever seals.
 */
export class SealedBox {
  /** A KeyObject: raw bytes would be made one at each use, at three times the cost. */
  readonly #key: KeyObject;
  readonly #randomBytes: (count: number) => Uint8Array;

  constructor({ key, randomBytes }: { key: Uint8Array; randomBytes: (count: number) => Uint8Array }) {
    invariant(key.length === boxKeyBytes, "a box is locked with a key of 32 bytes");
    this.#key = createSecretKey(key);
    this.#randomBytes = randomBytes;
  }

  /** Seals a secret. `boundTo` names the only place where it will open. */
  seal(plain: Uint8Array, boundTo: string): Uint8Array {
    const nonce = this.#randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(additional(boundTo));
    const body = cipher.update(plain);
    cipher.final();
    const sealed = new Uint8Array(headBytes + body.length);
    sealed[0] = version;
    sealed.set(nonce, 1);
    sealed.set(cipher.getAuthTag(), 1 + nonceBytes);
    sealed.set(body, headBytes);
    return sealed;
  }

  /** Opens a box; undefined when it was changed, cut, belongs somewhere else, or was sealed with another key. */
  open(sealed: Uint8Array, boundTo: string): Uint8Array | undefined {
    if (sealed.length < headBytes || sealed[0] !== version) return undefined;
    const nonce = sealed.subarray(1, 1 + nonceBytes);
    const decipher = createDecipheriv(algorithm, this.#key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(additional(boundTo));
    decipher.setAuthTag(sealed.subarray(1 + nonceBytes, headBytes));
    const plain = decipher.update(sealed.subarray(headBytes));
    try {
      decipher.final();
    } catch {
      // The tag does not fit. Which of the reasons it is, cryptography does not tell.
      plain.fill(0);
      return undefined;
    }
    return Uint8Array.from(plain);
  }
}

/**
 * Makes the key for one purpose from the master key (HKDF-SHA256, RFC 5869, without salt: the master key is random).
 * Who learns the key of one purpose learns nothing of the others.
 */
export function deriveKey(master: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", master, new Uint8Array(), `lamplighter ${purpose}`, boxKeyBytes));
}

/** The version is bound too, so that a later one cannot be made to be read as this. */
function additional(boundTo: string): Uint8Array {
  return new TextEncoder().encode(`${version}:${boundTo}`);
}
