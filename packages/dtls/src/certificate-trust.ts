import { copied } from "./bytes.ts";
import { judgeChain, type TrustedRoots } from "./certificate-chain.ts";
import { ownerOf } from "./certificate-name.ts";
import type { PeerCertificate, Trust, TrustedPeer } from "./certificates.ts";
import { MalformedRecord } from "./malformed-record.ts";

/**
 * Trusts whoever has the private key of a public key that is known here, whether it is shown bare or in a certificate: what
 * stands in that is not looked at. `identityOf` is asked with the SubjectPublicKeyInfo in DER, 91 bytes.
 */
export function trustPinned(identityOf: (publicKeyInfo: Uint8Array) => Uint8Array | undefined): Trust {
  return ({ publicKeyInfo }) => {
    const identity = identityOf(publicKeyInfo);
    return identity && { identity };
  };
}

/** Why a certificate was not trusted. */
export interface CertificateRefusal {
  readonly peer: PeerCertificate;
  readonly why: string;
}

/**
 * Trusts a certificate that one of the given roots vouches for by a chain of others, as far as {@link judgeChain} looks, and calls
 * its owner what it says: {@link ownerOf}. A bare key has nobody who vouches for it, and is refused.
 */
export function trustRoots({
  roots,
  now,
  purpose,
  knows = () => true,
  onRefused = () => {},
}: {
  readonly roots: TrustedRoots;
  /** ms since 1970. */
  readonly now: () => number;
  /** What the peer's certificate has to be good for. */
  readonly purpose: "client" | "server";
  /** Whether somebody of this name is expected at all: whoever the roots vouch for, where absent. */
  readonly knows?: (identity: Uint8Array) => boolean;
  readonly onRefused?: (refusal: CertificateRefusal) => void;
}): Trust {
  const judge = (peer: PeerCertificate): TrustedPeer | string => {
    if (peer.kind !== "x509") return "a bare key, which nobody vouches for";
    const verdict = judgeChain(peer.chain, { roots, now: now(), purpose });
    if (verdict.kind === "refused") return verdict.why;
    const identity = ownerOf(peer.chain[0]!);
    if (!identity) return "the certificate does not name its owner in one way";
    return knows(identity)
      ? { identity: copied(identity), validUntil: verdict.validUntil }
      : "nobody of this name is known";
  };
  return (peer) => {
    let verdict: TrustedPeer | string;
    try {
      verdict = judge(peer);
    } catch (error) {
      if (!(error instanceof MalformedRecord)) throw error;
      verdict = error.message;
    }
    if (typeof verdict !== "string") return verdict;
    onRefused({ peer, why: verdict });
    return undefined;
  };
}
