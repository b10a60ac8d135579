import { ByteReader } from "./byte-reader.ts";
import { writeNumber } from "./bytes.ts";
import { MalformedRecord } from "./malformed-record.ts";

/** Kinds of handshake messages (RFC 5246 §7.4, RFC 6347 §4.3.2). */
export const handshakeType = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  newSessionTicket: 4,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** One whole handshake message. `sequence` counts the messages of one side from 0. */
export interface HandshakeMessage {
  readonly type: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** A piece of a message, as it comes in a record (RFC 6347 §4.2.2). */
export interface HandshakeFragment {
  readonly type: number;
  readonly sequence: number;
  /** Bytes of the whole message. */
  readonly length: number;
  readonly offset: number;
  readonly body: Uint8Array;
}

export const handshakeHeaderBytes = 12;

/** Reads the fragments in the content of one record. Throws {@link MalformedRecord}. */
export function* decodeFragments(content: Uint8Array): Generator<HandshakeFragment> {
  const reader = new ByteReader(content);
  while (reader.left > 0) {
    const type = reader.number(1, "handshake type");
    const length = reader.number(3, "handshake length");
    const sequence = reader.number(2, "handshake sequence");
    const offset = reader.number(3, "fragment offset");
    const at = reader.offset;
    const body = reader.vector(3, "fragment");
    if (offset + body.length > length) throw new MalformedRecord("fragment range", at);
    yield { type, sequence, length, offset, body };
  }
}

/** A message as one fragment: what is hashed for Finished, however it was cut on the wire (RFC 6347 §4.2.6). */
export function encodeMessage(message: HandshakeMessage): Uint8Array {
  return encodeFragment(message, 0, message.body.length);
}

/** A message in pieces that fit into `bytesMax` each, header included. A message without a body is one piece. */
export function fragmentsOf(message: HandshakeMessage, bytesMax: number): Uint8Array[] {
  const room = bytesMax - handshakeHeaderBytes;
  const { length } = message.body;
  const count = Math.max(1, Math.ceil(length / room));
  return Array.from({ length: count }, (_, index) =>
    encodeFragment(message, index * room, Math.min(length, (index + 1) * room)),
  );
}

function encodeFragment({ type, sequence, body }: HandshakeMessage, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(handshakeHeaderBytes + end - start);
  bytes[0] = type;
  writeNumber(bytes, 1, body.length, 3);
  writeNumber(bytes, 4, sequence, 2);
  writeNumber(bytes, 6, start, 3);
  writeNumber(bytes, 9, end - start, 3);
  bytes.set(body.subarray(start, end), handshakeHeaderBytes);
  return bytes;
}
