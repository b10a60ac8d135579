import { copied, writeNumber } from "./bytes.ts";
import { MalformedRecord } from "./malformed-record.ts";

/** What a record carries (RFC 5246 §6.2.1; RFC 9146 §3 for `tls12-cid`). */
export const contentType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  tls12Cid: 25,
} as const;

export const dtls10 = 0xfeff;
export const dtls12 = 0xfefd;

/** Plain text of one record may have this many bytes (RFC 5246 §6.2.1), its protected form 2,048 more (§6.2.3). */
export const plainBytesMax = 2 ** 14;
const bodyBytesMax = plainBytesMax + 2_048;
export const recordHeaderBytes = 13;
/** The last sequence number of an epoch (RFC 6347 §4.1): a connection that reached it must end. */
export const sequenceMax = 2 ** 48 - 1;
export const cidBytesMax = 255;

/** One record as it lies in a datagram; `body` is protected when the epoch is not 0. Bytes are views. */
export interface DtlsRecord {
  readonly type: number;
  readonly version: number;
  readonly epoch: number;
  /** 0 to 2^48 − 1: exact as a number. */
  readonly sequence: number;
  /** Present in records of type `tls12-cid` only: whose connection it is, in the reader's own words (RFC 9146 §4). */
  readonly connectionId?: Uint8Array;
  readonly body: Uint8Array;
}

/**
 * Reads the records of one datagram (RFC 6347 §4.1). `cidBytes` is how long the connection ids are that we hand out.
 *
 * Throws {@link MalformedRecord} at the first that is cut off or of another version; those before it count.
 */
export function* decodeRecords(datagram: Uint8Array, cidBytes: number): Generator<DtlsRecord> {
  for (let at = 0; at < datagram.length; ) {
    const type = datagram[at]!;
    const hasCid = type === contentType.tls12Cid;
    const header = recordHeaderBytes + (hasCid ? cidBytes : 0);
    if (at + header > datagram.length) throw new MalformedRecord("record header", at);
    const version = numberAt(datagram, at + 1, 2);
    if (version !== dtls12 && version !== dtls10) throw new MalformedRecord("record version", at + 1);
    const length = numberAt(datagram, at + header - 2, 2);
    if (length > bodyBytesMax || at + header + length > datagram.length) {
      throw new MalformedRecord("record length", at + header - 2);
    }
    yield {
      type,
      version,
      epoch: numberAt(datagram, at + 3, 2),
      sequence: numberAt(datagram, at + 5, 6),
      ...(hasCid && { connectionId: datagram.subarray(at + 11, at + 11 + cidBytes) }),
      body: datagram.subarray(at + header, at + header + length),
    };
    at += header + length;
  }
}

/** Writes one record. */
export function encodeRecord(record: DtlsRecord): Uint8Array {
  const { bytes, bodyAt } = recordWithRoom(record, record.body.length);
  bytes.set(record.body, bodyAt);
  return bytes;
}

/** A record whose body, of `bodyBytes` bytes from `bodyAt` on, is still to be written. */
export function recordWithRoom(
  { type, version, epoch, sequence, connectionId }: Omit<DtlsRecord, "body">,
  bodyBytes: number,
): { readonly bytes: Uint8Array; readonly bodyAt: number } {
  const bodyAt = recordHeaderBytes + (connectionId?.length ?? 0);
  const bytes = new Uint8Array(bodyAt + bodyBytes);
  bytes[0] = type;
  writeNumber(bytes, 1, version, 2);
  writeNumber(bytes, 3, epoch, 2);
  writeNumber(bytes, 5, sequence, 6);
  if (connectionId) bytes.set(connectionId, 11);
  writeNumber(bytes, bodyAt - 2, bodyBytes, 2);
  return { bytes, bodyAt };
}

function numberAt(bytes: Uint8Array, at: number, byteCount: number): number {
  let value = 0;
  for (let index = 0; index < byteCount; index++) value = value * 256 + bytes[at + index]!;
  return value;
}

/** How many bytes of its datagram a record is. */
export function bytesOf({ connectionId, body }: DtlsRecord): number {
  return recordHeaderBytes + (connectionId?.length ?? 0) + body.length;
}

/** The bytes of a datagram are its reader's to use again. */
export function copyOf(record: DtlsRecord): DtlsRecord {
  const { connectionId } = record;
  return { ...record, body: copied(record.body), ...(connectionId && { connectionId: copied(connectionId) }) };
}
