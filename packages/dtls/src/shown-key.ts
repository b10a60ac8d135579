import type { KeyObject } from "node:crypto";
import { publicKeyInfoIn } from "./certificate-fields.ts";
import { decodeCertificate } from "./certificate-message.ts";
import { commonNameIn } from "./certificate-name.ts";
import type { CertificateType } from "./certificate-type.ts";
import type { PeerCertificate, Trust } from "./certificates.ts";
import { publicKeyDigest, publicKeyIn } from "./elliptic-curve.ts";
import type { Proved } from "./established.ts";
import { MalformedRecord } from "./malformed-record.ts";

/** A peer by what it showed, with its key, ready to be asked for a signature. */
export interface ShownKey {
  readonly peer: PeerCertificate;
  readonly key: KeyObject;
}

/** Reads a Certificate message. Undefined without a key on our curve. Throws {@link MalformedRecord}. */
export function shownKeyIn(body: Uint8Array, type: CertificateType): ShownKey | undefined {
  const shown = decodeCertificate(body, type);
  if (!shown) return undefined;
  const publicKeyInfo = shown.kind === "rpk" ? shown.publicKeyInfo : publicKeyInfoIn(shown.chain[0]!);
  const key = publicKeyIn(publicKeyInfo);
  if (!key) return undefined;
  return { key, peer: shown.kind === "rpk" ? shown : { kind: "x509", publicKeyInfo, chain: shown.chain } };
}

/**
 * What a peer calls itself before anything is proved, for a security log; undefined when it does not say so in a way that can be
 * read. A stranger wrote it, so it is asked for once, while what he sent is read: later, in an alarm or at the removal of
 * somebody's key, nobody expects it to be malformed.
 */
export function claimedBy({ peer }: ShownKey): Uint8Array | undefined {
  if (peer.kind !== "x509") return undefined;
  try {
    return commonNameIn(peer.chain[0]!);
  } catch (error) {
    if (!(error instanceof MalformedRecord)) throw error;
    return undefined;
  }
}

export function provedBy({ peer }: ShownKey, trust: Trust): Proved | undefined {
  const trusted = trust(peer);
  return trusted && { ...trusted, credential: peer.kind, publicKeyDigest: publicKeyDigest(peer.publicKeyInfo) };
}
