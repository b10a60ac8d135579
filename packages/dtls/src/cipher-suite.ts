/** How one connection is encrypted. All of ours are AEAD ciphers with AES-128 and SHA-256 for everything derived. */
export interface CipherSuite {
  /** The two bytes on the wire (IANA TLS Cipher Suites). */
  readonly id: number;
  readonly name: string;
  readonly keyExchange: "psk" | "ecdhe-ecdsa";
  readonly cipher: "aes-128-ccm" | "aes-128-gcm";
  readonly tagBytes: 8 | 16;
}

/**
 * The suites we speak, the one we like best first. OMA LwM2M asks for CCM_8 of every server that takes pre-shared keys
 * (OMA TS Transport 1.1 §5.2.8.1); a radio bill is why its short tag is accepted (RFC 6655 §6).
 */
export const cipherSuites = [
  { id: 0xc0a8, name: "TLS_PSK_WITH_AES_128_CCM_8", keyExchange: "psk", cipher: "aes-128-ccm", tagBytes: 8 },
  { id: 0xc0a4, name: "TLS_PSK_WITH_AES_128_CCM", keyExchange: "psk", cipher: "aes-128-ccm", tagBytes: 16 },
  { id: 0x00a8, name: "TLS_PSK_WITH_AES_128_GCM_SHA256", keyExchange: "psk", cipher: "aes-128-gcm", tagBytes: 16 },
] as const satisfies readonly CipherSuite[];

export type CipherSuiteName = (typeof cipherSuites)[number]["name"];

/** Bytes of each write key, of the fixed part of each nonce (RFC 6655 §3, RFC 5288 §3) and of the part in each record. */
export const keyBytes = 16;
export const fixedNonceBytes = 4;
export const recordNonceBytes = 8;

export function suiteById(id: number, among: readonly CipherSuite[] = cipherSuites): CipherSuite | undefined {
  return among.find((suite) => suite.id === id);
}
