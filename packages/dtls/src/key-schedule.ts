import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { joined, numberBytes } from "./bytes.ts";
import { type CipherSuite, fixedNonceBytes, keyBytes } from "./cipher-suite.ts";

const hashBytes = 32;
export const masterSecretBytes = 48;
export const verifyDataBytes = 12;

/**
 * The pseudo-random function of TLS 1.2 with SHA-256 (RFC 5246 §5): `length` bytes from a secret, a label and a seed.
 *
 * The secret is a KeyObject: raw bytes would be wrapped anew for every HMAC, at several times the cost.
 */
export function prf(secret: KeyObject, label: string, seed: Uint8Array, length: number): Uint8Array {
  const labelled = joined(new TextEncoder().encode(label), seed);
  const output = new Uint8Array(Math.ceil(length / hashBytes) * hashBytes);
  let chained: Uint8Array = labelled;
  for (let at = 0; at < length; at += hashBytes) {
    chained = hmac(secret, chained);
    output.set(createHmac("sha256", secret).update(chained).update(labelled).digest(), at);
  }
  return output.subarray(0, length);
}

/** The premaster secret of a plain pre-shared key: as many zeros as the key has bytes, then the key (RFC 4279 §2). */
export function pskPremasterSecret(key: Uint8Array): Uint8Array {
  const length = numberBytes(key.length, 2);
  return joined(length, new Uint8Array(key.length), length, key);
}

/** What the two randoms or the whole handshake so far are mixed into (RFC 5246 §8.1; RFC 7627 §4). */
export type MasterSecretSeed =
  | { readonly kind: "randoms"; readonly client: Uint8Array; readonly server: Uint8Array }
  | { readonly kind: "extended"; readonly sessionHash: Uint8Array };

/** The master secret, 48 bytes. The premaster secret should be forgotten after this. */
export function masterSecret(premaster: Uint8Array, seed: MasterSecretSeed): Uint8Array {
  const secret = createSecretKey(premaster);
  return seed.kind === "extended"
    ? prf(secret, "extended master secret", seed.sessionHash, masterSecretBytes)
    : prf(secret, "master secret", joined(seed.client, seed.server), masterSecretBytes);
}

/** The keys of one connection: what one side writes with, the other reads with. */
export interface ConnectionKeys {
  readonly client: WriteKey;
  readonly server: WriteKey;
}

export interface WriteKey {
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** The 4 bytes that begin every nonce of an AEAD cipher; of another none, for each of its records has a nonce of its own. */
  readonly salt: Uint8Array;
  /** 32 bytes, where the cipher does not authenticate by itself. */
  readonly mac?: Uint8Array;
}

/** Cuts the key block (RFC 5246 §6.3): MAC keys first, which AEAD ciphers do not have. */
export function connectionKeys(
  master: KeyObject,
  { cipher }: Pick<CipherSuite, "cipher">,
  { client, server }: { readonly client: Uint8Array; readonly server: Uint8Array },
): ConnectionKeys {
  const isCbc = cipher === "aes-128-cbc";
  const [macBytes, saltBytes] = isCbc ? [hashBytes, 0] : [0, fixedNonceBytes];
  const block = prf(master, "key expansion", joined(server, client), 2 * (macBytes + keyBytes + saltBytes));
  let at = 0;
  const cut = (length: number) => {
    at += length;
    return block.slice(at - length, at);
  };
  const [clientMac, serverMac] = [cut(macBytes), cut(macBytes)];
  const [clientKey, serverKey] = [cut(keyBytes), cut(keyBytes)];
  const [clientSalt, serverSalt] = [cut(saltBytes), cut(saltBytes)];
  return {
    client: { key: clientKey, salt: clientSalt, ...(isCbc && { mac: clientMac }) },
    server: { key: serverKey, salt: serverSalt, ...(isCbc && { mac: serverMac }) },
  };
}

/** What a Finished message carries: 12 bytes that prove the same handshake was seen (RFC 5246 §7.4.9). */
export function verifyData(master: KeyObject, side: "client" | "server", handshakeHash: Uint8Array): Uint8Array {
  return prf(master, `${side} finished`, handshakeHash, verifyDataBytes);
}

function hmac(key: KeyObject, bytes: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(bytes).digest();
}
