import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { writeNumber } from "./bytes.ts";
import { type CipherSuite, fixedNonceBytes, recordNonceBytes } from "./cipher-suite.ts";
import type { WriteKey } from "./key-schedule.ts";
import { contentType, type DtlsRecord, dtls12, plainBytesMax, recordWithRoom } from "./record.ts";

const nonceBytes = fixedNonceBytes + recordNonceBytes;
const additionalBytes = 13;

/** What is in a record, before it is protected or after. */
export interface PlainRecord {
  readonly type: number;
  readonly content: Uint8Array;
}

/** One direction of one connection, however it is protected. */
export interface Protection {
  /** One record, ready to be sent. With a connection id, which is the reader's, its true type is hidden inside. */
  seal(plain: PlainRecord, where: Pick<DtlsRecord, "epoch" | "sequence" | "connectionId">): Uint8Array;
  /** Undefined when it is not what its writer wrote. */
  open(record: DtlsRecord): PlainRecord | undefined;
}

/**
 * The AEAD ciphers: protects records, or opens them (RFC 5246 §6.2.3.3, RFC 6655, RFC 9146 §5).
 *
 * The key is kept as a KeyObject: with raw bytes each record would cost several times as much.
 */
export class RecordProtection implements Protection {
  readonly #suite: CipherSuite;
  readonly #key: KeyObject;
  /** Begins with the salt; the rest is written anew for each record, and copied by the cipher before the next. */
  readonly #nonce = new Uint8Array(nonceBytes);

  constructor(suite: CipherSuite, { key, salt }: WriteKey) {
    this.#suite = suite;
    this.#key = createSecretKey(key);
    this.#nonce.set(salt);
  }

  /** Protects one record. With a connection id, which is the reader's, its true type is hidden inside. */
  seal(
    { type, content }: PlainRecord,
    { epoch, sequence, connectionId }: Pick<DtlsRecord, "epoch" | "sequence" | "connectionId">,
  ): Uint8Array {
    const hasCid = connectionId !== undefined && connectionId.length > 0;
    const plain = hasCid ? withType(content, type) : content;
    const where = { type: hasCid ? contentType.tls12Cid : type, version: dtls12, epoch, sequence };
    const record = hasCid ? { ...where, connectionId } : where;
    const nonce = this.#nonce;
    // The salt, then epoch and sequence number: used once, as each sequence number is (RFC 6655 §3).
    writeNumber(nonce, fixedNonceBytes, epoch, 2);
    writeNumber(nonce, fixedNonceBytes + 2, sequence, 6);
    const { cipher: name, tagBytes } = this.#suite;
    const cipher = createCipheriv(name as "aes-128-ccm", this.#key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(additionalData(record, plain.length), { plaintextLength: plain.length });
    const { bytes, bodyAt } = recordWithRoom(record, recordNonceBytes + plain.length + tagBytes);
    bytes.set(nonce.subarray(fixedNonceBytes), bodyAt);
    bytes.set(cipher.update(plain), bodyAt + recordNonceBytes);
    cipher.final();
    bytes.set(cipher.getAuthTag(), bodyAt + recordNonceBytes + plain.length);
    return bytes;
  }

  /** Opens one record. Undefined when it is not what its writer wrote: too short, changed, or of somebody else. */
  open(record: DtlsRecord): PlainRecord | undefined {
    const { cipher: name, tagBytes } = this.#suite;
    const { body } = record;
    const plainLength = body.length - recordNonceBytes - tagBytes;
    if (plainLength < 0 || plainLength > plainBytesMax + 1) return undefined;
    const nonce = this.#nonce;
    nonce.set(body.subarray(0, recordNonceBytes), fixedNonceBytes);
    const decipher = createDecipheriv(name as "aes-128-ccm", this.#key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(additionalData(record, plainLength), { plaintextLength: plainLength });
    decipher.setAuthTag(body.subarray(body.length - tagBytes));
    let plain: Uint8Array;
    try {
      // The tag is compared in constant time by OpenSSL; CCM compares it in update(), GCM in final().
      plain = decipher.update(body.subarray(recordNonceBytes, recordNonceBytes + plainLength));
      decipher.final();
    } catch {
      return undefined;
    }
    return record.connectionId ? withoutType(plain) : { type: record.type, content: plain };
  }
}

/** What is authenticated beside the content: RFC 5246 §6.2.3.3, and RFC 9146 §5.3 where a connection id is carried. */
function additionalData({ type, version, epoch, sequence, connectionId }: Omit<DtlsRecord, "body">, length: number) {
  if (!connectionId) {
    const data = new Uint8Array(additionalBytes);
    writeNumber(data, 0, epoch, 2);
    writeNumber(data, 2, sequence, 6);
    data[8] = type;
    writeNumber(data, 9, version, 2);
    writeNumber(data, 11, length, 2);
    return data;
  }
  const cidBytes = connectionId.length;
  const data = new Uint8Array(23 + cidBytes);
  data.fill(0xff, 0, 8);
  data[8] = contentType.tls12Cid;
  data[9] = cidBytes;
  data[10] = contentType.tls12Cid;
  writeNumber(data, 11, version, 2);
  writeNumber(data, 13, epoch, 2);
  writeNumber(data, 15, sequence, 6);
  data.set(connectionId, 21);
  writeNumber(data, 21 + cidBytes, length, 2);
  return data;
}

/** DTLSInnerPlaintext: content, its type, no padding (RFC 9146 §4). */
function withType(content: Uint8Array, type: number): Uint8Array {
  const inner = new Uint8Array(content.length + 1);
  inner.set(content);
  inner[content.length] = type;
  return inner;
}

/** The last byte that is not 0 is the type; a record of nothing but zeros has none and is refused (RFC 9146 §4). */
function withoutType(inner: Uint8Array): PlainRecord | undefined {
  let at = inner.length - 1;
  while (at >= 0 && inner[at] === 0) at--;
  return at < 0 ? undefined : { type: inner[at]!, content: inner.subarray(0, at) };
}
