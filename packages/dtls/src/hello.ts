import { ByteReader } from "./byte-reader.ts";
import { joined, numberBytes, vectorBytes } from "./bytes.ts";
import { type Extensions, encodeExtensions, readExtensions } from "./extension.ts";
import { dtls10 } from "./record.ts";

export const randomBytesCount = 32;
/** A client that knows secure renegotiation says so by this suite or by an empty extension (RFC 5746 §3.3). */
export const renegotiationScsv = 0x00ff;
const cookieBytesMax = 255;
/** A hello with more suites is refused: twice what any client offers. Hellos are read before anything is known of their sender. */
export const offeredSuitesMax = 200;

/** What a client offers (RFC 5246 §7.4.1.2, RFC 6347 §4.2.1). */
export interface ClientHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  /** Empty in the first. */
  readonly cookie: Uint8Array;
  readonly cipherSuites: readonly number[];
  readonly compressionMethods: Uint8Array;
  readonly extensions: Extensions;
}

/** What the server chose (RFC 5246 §7.4.1.3). */
export interface ServerHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly extensions: Extensions;
}

/** Throws {@link MalformedRecord}. */
export function decodeClientHello(body: Uint8Array): ClientHello {
  const reader = new ByteReader(body);
  const version = reader.number(2, "version");
  const random = reader.take(randomBytesCount, "random");
  const sessionId = reader.vector(1, "session id", { max: 32 });
  const cookie = reader.vector(1, "cookie", { max: cookieBytesMax });
  const suites = new ByteReader(reader.vector(2, "cipher suites", { min: 2, max: 2 * offeredSuitesMax }));
  const cipherSuites: number[] = [];
  while (suites.left > 0) cipherSuites.push(suites.number(2, "cipher suite"));
  const compressionMethods = reader.vector(1, "compression methods", { min: 1 });
  return { version, random, sessionId, cookie, cipherSuites, compressionMethods, extensions: readExtensions(reader) };
}

export function encodeClientHello(hello: ClientHello): Uint8Array {
  return joined(
    numberBytes(hello.version, 2),
    hello.random,
    vectorBytes(hello.sessionId, 1),
    vectorBytes(hello.cookie, 1),
    vectorBytes(joined(...hello.cipherSuites.map((suite) => numberBytes(suite, 2))), 2),
    vectorBytes(hello.compressionMethods, 1),
    encodeExtensions(hello.extensions),
  );
}

/** Throws {@link MalformedRecord}. */
export function decodeServerHello(body: Uint8Array): ServerHello {
  const reader = new ByteReader(body);
  const version = reader.number(2, "version");
  const random = reader.take(randomBytesCount, "random");
  const sessionId = reader.vector(1, "session id", { max: 32 });
  const cipherSuite = reader.number(2, "cipher suite");
  reader.number(1, "compression method");
  return { version, random, sessionId, cipherSuite, extensions: readExtensions(reader) };
}

export function encodeServerHello(hello: ServerHello): Uint8Array {
  return joined(
    numberBytes(hello.version, 2),
    hello.random,
    vectorBytes(hello.sessionId, 1),
    numberBytes(hello.cipherSuite, 2),
    Uint8Array.of(0),
    encodeExtensions(hello.extensions),
  );
}

/** A cookie for the client to show (RFC 6347 §4.2.1). It says DTLS 1.0 whatever is spoken later, as that clause asks. */
export function encodeHelloVerifyRequest(cookie: Uint8Array): Uint8Array {
  return joined(numberBytes(dtls10, 2), vectorBytes(cookie, 1));
}

/** Returns the cookie. Throws {@link MalformedRecord}. */
export function decodeHelloVerifyRequest(body: Uint8Array): Uint8Array {
  const reader = new ByteReader(body);
  reader.number(2, "version");
  const cookie = reader.vector(1, "cookie");
  reader.end("after the cookie");
  return cookie;
}
