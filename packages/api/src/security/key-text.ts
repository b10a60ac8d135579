import { createHash, createPublicKey } from "node:crypto";

/**
 * Bytes of a pre-shared key. A shorter one than 16 bytes is guessed from a single recorded handshake; a longer one than
 * 64 does not fit object 0 (OMA TS Transport 1.1 §5.2.8.1).
 */
export const keyBytesMin = 16;
export const keyBytesMax = 64;
/** Of a key that we make: AES-128 is as strong as this. */
export const generatedKeyBytes = 16;
/** Of a PSK identity (OMA TS Transport 1.1 §5.2.8.1). */
export const identityBytesMax = 128;

/** Bytes written as pairs of 0-9 and a-f, else as base64; undefined for neither. */
export function bytesFrom(text: string): Uint8Array | undefined {
  const trimmed = text.trim();
  if (/^(?:[0-9a-fA-F]{2})+$/.test(trimmed)) return Buffer.from(trimmed, "hex");
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(trimmed) || trimmed === "") {
    return undefined;
  }
  return Buffer.from(trimmed, "base64");
}

/** So long a text with so few other characters was meant as hexadecimal: in base64 there are two of three. */
const slipOfHex = { charactersMin: 31, othersMax: 4 } as const;

/**
 * One wrong letter in 32 digits makes them valid base64, of another key than was meant, and the light would never come in.
 * Counts characters from 1, and repeats none: they are of a key.
 */
function slipIn(text: string): string | undefined {
  const wrong = [...text].flatMap((character, at) => (/[0-9a-fA-F]/.test(character) ? [] : [at + 1]));
  if (text.length < slipOfHex.charactersMin || wrong.length > slipOfHex.othersMax) return undefined;
  const meant = "The key looks hexadecimal, but";
  if (wrong.length > 0) {
    return `${meant} character ${wrong.join(", ")} of ${text.length} is neither a digit nor one of a to f.`;
  }
  return text.length % 2 === 0 ? undefined : `${meant} ${text.length} digits are no whole number of bytes.`;
}

/** A pre-shared key as a person wrote it, or what is wrong with it. The sentence never repeats the key. */
export function keyFrom(text: string): Uint8Array | { readonly wrong: string } {
  const slip = slipIn(text.trim());
  if (slip !== undefined) return { wrong: slip };
  const key = bytesFrom(text);
  if (!key) return { wrong: "The key is neither hexadecimal nor base64." };
  if (key.length < keyBytesMin || key.length > keyBytesMax) {
    return { wrong: `A key has ${keyBytesMin} to ${keyBytesMax} bytes; this one has ${key.length}.` };
  }
  if (key.every((byte) => byte === key[0]))
    return { wrong: "The key is one byte over and over: anybody would guess it." };
  return key;
}

/** A PSK identity or the name in a certificate, or what is wrong with it. */
export function identityFrom(text: string): Uint8Array | { readonly wrong: string } {
  const identity = new TextEncoder().encode(text);
  if (identity.length < 1 || identity.length > identityBytesMax) {
    return { wrong: `An identity has 1 to ${identityBytesMax} bytes; this one has ${identity.length}.` };
  }
  return identity;
}

/** A public key on secp256r1 as SubjectPublicKeyInfo (RFC 7250 §3), with the identity it stands for. */
export function publicKeyFrom(
  text: string,
): { readonly spki: Uint8Array; readonly identity: Uint8Array } | { readonly wrong: string } {
  const pem = /^-----BEGIN PUBLIC KEY-----([\sA-Za-z0-9+/=]+)-----END PUBLIC KEY-----\s*$/.exec(text.trim());
  const bytes = bytesFrom((pem?.[1] ?? text).replaceAll(/\s/g, ""));
  if (!bytes) return { wrong: "The public key is neither hexadecimal nor base64." };
  try {
    const key = createPublicKey({ key: Buffer.from(bytes), format: "der", type: "spki" });
    if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
      return { wrong: "The public key is not one on the curve secp256r1 (P-256)." };
    }
    // A point may be given as one number and a sign. Lights show both numbers, and are known by the hash of these bytes.
    const whole = createPublicKey({ key: key.export({ format: "jwk" }), format: "jwk" });
    const spki = whole.export({ format: "der", type: "spki" });
    return { spki, identity: rawKeyIdentity(spki) };
  } catch {
    // OpenSSL's words are about its own parser; what matters is that this is no such key.
    return { wrong: "This is no public key (SubjectPublicKeyInfo, DER)." };
  }
}

/** By what a raw public key is known: its sha256. */
export function rawKeyIdentity(spki: Uint8Array): Uint8Array {
  return createHash("sha256").update(spki).digest();
}
