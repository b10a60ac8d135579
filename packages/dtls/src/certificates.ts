import type { KeyObject } from "node:crypto";
import { publicKeyInfoIn } from "./certificate-fields.ts";
import { certificateLimits, type ShownCertificate } from "./certificate-message.ts";
import type { CertificateType } from "./certificate-type.ts";
import { publicKeyInfoOf } from "./elliptic-curve.ts";

/** What a peer showed of itself, and proved to have the private key of. Whether that is worth anything is yet to be said. */
export type PeerCertificate =
  /** A bare key: its SubjectPublicKeyInfo in DER. Equal keys are equal bytes. */
  | { readonly kind: "rpk"; readonly publicKeyInfo: Uint8Array }
  /** Certificates in DER, the peer's own first, unread but for its key. */
  | { readonly kind: "x509"; readonly publicKeyInfo: Uint8Array; readonly chain: readonly Uint8Array[] };

/** What a trusted peer is called. */
export interface TrustedPeer {
  readonly identity: Uint8Array;
  /** In ms since 1970: later the peer has to show its certificate again, a resumption will not do. */
  readonly validUntil?: number;
}

/** Says who a peer is; undefined refuses it. Asked after the peer proved that the key is its own. */
export type Trust = (peer: PeerCertificate) => TrustedPeer | undefined;

/** What one side shows of itself, and whom it trusts. */
export interface Certificates {
  /** On secp256r1. Its public half is what is shown as a raw public key. */
  readonly privateKey: KeyObject;
  /** Certificates in DER, that of the key first, each signed by the next, without the root. Without them only the raw key is shown. */
  readonly chain?: readonly Uint8Array[];
  readonly trust: Trust;
  /** How the peer may show its key, the best first; both by default. */
  readonly accepts?: readonly CertificateType[];
  /**
   * Whether a peer is still who it proved to be, by the key of this digest (`publicKeyDigest` of elliptic-curve.ts): asked when
   * a session is resumed, and when a connection is taken up after a restart. Yes by default.
   */
  readonly remembers?: (identity: Uint8Array, publicKeyDigest: Uint8Array) => boolean;
}

/** What one side can show: X.509 where it has a chain, and the bare key always. */
export function shownTypes({ chain }: Certificates): readonly CertificateType[] {
  return chain ? ["x509", "rpk"] : ["rpk"];
}

export function acceptedTypes({ accepts = ["rpk", "x509"] }: Certificates): readonly CertificateType[] {
  return accepts;
}

/** Certificates whose key and chain were found to belong together, with what is shown of the key made once. */
export interface CheckedCertificates extends Certificates {
  /** SubjectPublicKeyInfo of the private key, in DER. */
  readonly publicKeyInfo: Uint8Array;
}

/** What is shown of oneself. */
export function ownCertificate({ publicKeyInfo, chain }: CheckedCertificates, type: CertificateType): ShownCertificate {
  return type === "x509" && chain ? { kind: "x509", chain } : { kind: "rpk", publicKeyInfo };
}

/** Throws when key and chain do not belong together, so that it is known at the start and not at the first handshake. */
export function checkedCertificates(certificates: Certificates): CheckedCertificates {
  const { privateKey, chain } = certificates;
  const publicKeyInfo = publicKeyInfoOf(privateKey);
  if (privateKey.type !== "private" || !publicKeyInfo)
    throw new Error("The private key for DTLS is not one on secp256r1.");
  if (chain) checkChain(chain, publicKeyInfo);
  return { ...certificates, publicKeyInfo };
}

function checkChain(chain: readonly Uint8Array[], publicKeyInfo: Uint8Array): void {
  const [first] = chain;
  const bytes = chain.reduce((sum, { length }) => sum + length + 3, 0);
  if (!first || chain.length > certificateLimits.chainMax || bytes > certificateLimits.chainBytesMax) {
    const { chainMax, chainBytesMax } = certificateLimits;
    throw new Error(
      `A certificate chain for DTLS has 1 to ${chainMax} certificates of ${chainBytesMax} bytes together.`,
    );
  }
  if (Buffer.compare(publicKeyInfoIn(first), publicKeyInfo) !== 0) {
    throw new Error("The first certificate of the chain for DTLS is not that of the private key.");
  }
}
