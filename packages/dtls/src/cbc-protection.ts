import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { invariant } from "@lamplighter/runtime/invariant";
import { joined, numberBytes } from "./bytes.ts";
import type { WriteKey } from "./key-schedule.ts";
import { type DtlsRecord, dtls12, encodeRecord, plainBytesMax } from "./record.ts";
import type { PlainRecord, Protection } from "./record-protection.ts";

const cipherName = "aes-128-cbc";
const blockBytes = 16;
const macBytes = 32;

/**
 * One direction of one connection with AES in CBC mode and HMAC-SHA256, encrypted first and authenticated then (RFC 7366 §3).
 *
 * Nothing is decrypted before its MAC was found right, in constant time, so no padding of a stranger's making is ever looked at:
 * that is what the padding oracles of TLS lived on.
 */
export class CbcProtection implements Protection {
  readonly #key: KeyObject;
  readonly #macKey: KeyObject;

  constructor({ key, mac }: WriteKey) {
    invariant(mac !== undefined, "a CBC suite without a MAC key");
    this.#key = createSecretKey(key);
    this.#macKey = createSecretKey(mac);
  }

  seal(
    { type, content }: PlainRecord,
    { epoch, sequence, connectionId }: Pick<DtlsRecord, "epoch" | "sequence" | "connectionId">,
  ): Uint8Array {
    invariant(connectionId === undefined || connectionId.length === 0, "CBC suites have no connection ids here");
    // Not to be guessed beforehand (RFC 5246 §6.2.3.2), in tests neither: always the system's.
    const iv = randomBytes(blockBytes);
    const cipher = createCipheriv(cipherName, this.#key, iv).setAutoPadding(false);
    const padding = blockBytes - (content.length % blockBytes);
    // The last of them is the length of the others, which all say the same (RFC 5246 §6.2.3.2).
    const padded = joined(content, new Uint8Array(padding).fill(padding - 1));
    const fragment = joined(iv, cipher.update(padded), cipher.final());
    const where = { type, version: dtls12, epoch, sequence };
    return encodeRecord({ ...where, body: joined(fragment, this.#macOf({ ...where, body: fragment })) });
  }

  open(record: DtlsRecord): PlainRecord | undefined {
    const { type, body } = record;
    const length = body.length - macBytes;
    if (length < 2 * blockBytes || length % blockBytes !== 0 || length > plainBytesMax + 2 * blockBytes)
      return undefined;
    const fragment = body.subarray(0, length);
    const mac = body.subarray(length);
    if (record.connectionId || !timingSafeEqual(mac, this.#macOf({ ...record, body: fragment }))) return undefined;
    const iv = fragment.subarray(0, blockBytes);
    const decipher = createDecipheriv(cipherName, this.#key, iv).setAutoPadding(false);
    const padded = joined(decipher.update(fragment.subarray(blockBytes)), decipher.final());
    const padding = padded[padded.length - 1]! + 1;
    if (padding > padded.length) return undefined;
    const end = padded.length - padding;
    if (end > plainBytesMax || !padded.subarray(end).every((byte) => byte === padding - 1)) return undefined;
    return { type, content: padded.subarray(0, end) };
  }

  /** Over number, type, version and length of what is protected, and that itself, its IV first. */
  #macOf({ type, version, epoch, sequence, body }: Omit<DtlsRecord, "connectionId">): Uint8Array {
    const head = joined(numberBytes(epoch, 2), numberBytes(sequence, 6), Uint8Array.of(type));
    const hmac = createHmac("sha256", this.#macKey);
    return hmac.update(joined(head, numberBytes(version, 2), numberBytes(body.length, 2), body)).digest();
  }
}
