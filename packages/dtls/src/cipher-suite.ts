/** How one connection is encrypted. All of ours have AES-128, and SHA-256 for everything derived. */
export interface CipherSuite {
  /** The two bytes on the wire (IANA TLS Cipher Suites). */
  readonly id: number;
  readonly name: string;
  readonly keyExchange: "psk" | "ecdhe-ecdsa";
  readonly cipher: "aes-128-ccm" | "aes-128-gcm" | "aes-128-cbc";
  /** Of the tag of an AEAD cipher, or of the MAC beside another. */
  readonly tagBytes: 8 | 16 | 32;
}

/**
 * The suites with pre-shared keys, the one we like best first. OMA LwM2M asks for CCM_8 of every server that takes pre-shared keys
 * (OMA TS Transport 1.1 §5.2.8.1); a radio bill is why its short tag is accepted (RFC 6655 §6).
 */
export const cipherSuites = [
  { id: 0xc0a8, name: "TLS_PSK_WITH_AES_128_CCM_8", keyExchange: "psk", cipher: "aes-128-ccm", tagBytes: 8 },
  { id: 0xc0a4, name: "TLS_PSK_WITH_AES_128_CCM", keyExchange: "psk", cipher: "aes-128-ccm", tagBytes: 16 },
  { id: 0x00a8, name: "TLS_PSK_WITH_AES_128_GCM_SHA256", keyExchange: "psk", cipher: "aes-128-gcm", tagBytes: 16 },
] as const satisfies readonly CipherSuite[];

/** Those with raw public keys and certificates, spoken where there is one to show (RFC 7251; OMA TS Transport 1.1 §5.2.8.2). */
export const certificateSuites = [
  {
    id: 0xc0ae,
    name: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
    keyExchange: "ecdhe-ecdsa",
    cipher: "aes-128-ccm",
    tagBytes: 8,
  },
] as const satisfies readonly CipherSuite[];

/**
 * Spoken only where it is asked for by name: OMA wants it of servers (OMA TS Transport 1.1 §5.2.8.1), and lights should not use it.
 *
 * With encrypt-then-MAC only (RFC 7366). The older way, in which padding is looked at before anything is proved, needs code
 * that takes the same time whatever it finds (RFC 5246 §6.2.3.2, "Lucky 13"), which JavaScript cannot promise: a peer that does
 * not offer encrypt-then-MAC does not get this suite. It has no connection ids: nobody was found to try them against.
 */
export const cbcSuite = {
  id: 0x00ae,
  name: "TLS_PSK_WITH_AES_128_CBC_SHA256",
  keyExchange: "psk",
  cipher: "aes-128-cbc",
  tagBytes: 32,
} as const satisfies CipherSuite;

/** All that this code can speak. */
const allSuites: readonly CipherSuite[] = [...cipherSuites, ...certificateSuites, cbcSuite];

/** Bytes of each write key, of the fixed part of each nonce (RFC 6655 §3, RFC 5288 §3) and of the part in each record. */
export const keyBytes = 16;
export const fixedNonceBytes = 4;
export const recordNonceBytes = 8;

export function suiteById(id: number, among: readonly CipherSuite[] = allSuites): CipherSuite | undefined {
  return among.find((suite) => suite.id === id);
}
