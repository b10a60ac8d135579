import type { AlertDescription } from "./alert.ts";
import type { CipherSuite } from "./cipher-suite.ts";
import type { HandshakeMessage } from "./handshake-message.ts";
import type { ConnectionKeys } from "./key-schedule.ts";

/** What records are protected with, known before the handshake is proved by Finished. */
export interface Agreed {
  readonly suite: CipherSuite;
  readonly keys: ConnectionKeys;
  /** How the peer addresses us, and we the peer; undefined where connection ids were not agreed on (RFC 9146 §3). */
  readonly connectionIds: { readonly ours: Uint8Array; readonly theirs: Uint8Array } | undefined;
}

/** By what a peer proved who it is: a pre-shared key, a raw public key that is known here, or a certificate. */
export type CredentialKind = "psk" | "rpk" | "x509";

/** Who a peer proved to be. */
export interface Proved {
  /** Bytes, not text: an identity need not be UTF-8. */
  readonly identity: Uint8Array;
  readonly credential: CredentialKind;
  /** Which public key it was, where there was one: SHA-256 of its SubjectPublicKeyInfo. */
  readonly publicKeyDigest?: Uint8Array;
  /** In ms since 1970: after this its session is not resumed. Never, when it is absent. */
  readonly validUntil?: number;
}

/**
 * What both sides proved to have agreed on: all that is known of a connection. Of a pre-shared key both know one identity, the
 * client's; of certificates each knows the other's.
 */
export interface Established extends Agreed, Proved {
  /** By this id it may be resumed; empty when it cannot be. */
  readonly sessionId: Uint8Array;
  /** 48 bytes: what a resumption derives new keys from. */
  readonly master: Uint8Array;
  readonly extendedMasterSecret: boolean;
  readonly isResumed: boolean;
}

/** What is kept of a connection so that its client may come back by its session id (RFC 5246 §7.3). */
export type Resumable = Proved & Pick<Established, "suite" | "master" | "extendedMasterSecret">;

/** One step of a flight, in the order it is sent. */
export type FlightStep =
  | { readonly kind: "message"; readonly epoch: 0 | 1; readonly message: HandshakeMessage }
  | { readonly kind: "change-cipher-spec" };

/** Why a handshake came to nothing, as the security log names it. */
export type HandshakeFailure =
  | "no-common-suite"
  | "unknown-identity"
  | "wrong-key"
  | "wrong-finished"
  /** The peer showed no certificate and no key, or one of a kind or curve that is not spoken. */
  | "no-certificate"
  /** It does not have the private key of what it showed. */
  | "wrong-signature"
  /** It has, but is not trusted: unknown, expired, not vouched for. */
  | "untrusted"
  /** What it sent as its half of the key exchange is no point of the curve. */
  | "wrong-key-share"
  | "unexpected-message"
  | "malformed"
  | "version"
  | "refused-by-peer"
  | "timeout";

/** What a handshake asks of the one that runs it. */
export type HandshakeEffect =
  | { readonly kind: "send"; readonly flight: readonly FlightStep[] }
  /** From the next epoch on, the peer is read and written to with these. */
  | { readonly kind: "keys"; readonly agreed: Agreed }
  | { readonly kind: "established"; readonly established: Established }
  | { readonly kind: "failed"; readonly why: HandshakeFailure; readonly alert: AlertDescription };

/** One side of a handshake: fed with the peer's messages in order, each with the epoch of the record it came in. */
export interface HandshakeMachine {
  /** Who the peer says it is, once it has said so. */
  readonly identity: Uint8Array | undefined;
  begin(): readonly HandshakeEffect[];
  /** Throws {@link MalformedRecord} for a message that cannot be read. */
  receive(message: HandshakeMessage, epoch: number): readonly HandshakeEffect[];
}
