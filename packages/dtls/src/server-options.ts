import type { Clock } from "@lamplighter/runtime/clock";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import type { Certificates } from "./certificates.ts";
import type { CipherSuite } from "./cipher-suite.ts";
import type { CredentialKind, HandshakeFailure } from "./established.ts";
import type { DtlsLimits } from "./limits.ts";
import type { SessionKeeper } from "./session-keeper.ts";

/** What a port tells of itself, for a security log. Never a key. */
export type DtlsEvent =
  | { readonly kind: "connected"; readonly peer: Address; readonly isResumed: boolean }
  | { readonly kind: "moved"; readonly peer: Address; readonly from: Address }
  | {
      readonly kind: "gone";
      readonly peer: Address;
      readonly why: "closed" | "replaced" | "idle" | "aged" | "evicted" | "spent";
    }
  | {
      readonly kind: "refused";
      readonly from: Address;
      readonly why: HandshakeFailure;
      readonly identity?: Uint8Array;
    };

export interface DtlsServerOptions {
  /** What carries the protected datagrams. */
  readonly port: DatagramPort;
  readonly clock: Clock;
  /** Unguessable bytes; the system's generator outside of tests. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** The pre-shared key of an identity; undefined when there is none such. */
  readonly keyOf: (identity: Uint8Array) => Uint8Array | undefined;
  /** Raw public keys and certificates; where absent only pre-shared keys are spoken. */
  readonly certificates?: Certificates;
  /** All but CBC, where absent; the one liked best first. */
  readonly suites?: readonly CipherSuite[];
  readonly limits?: Partial<DtlsLimits>;
  readonly onEvent?: (event: DtlsEvent) => void;
  /** Keeps connections over a restart; where absent they end with the process. */
  readonly sessions?: SessionKeeper;
  /** A datagram that every peer answers, whatever it is doing, such as a CoAP ping (RFC 7252 §4.3). */
  readonly nudge?: () => Uint8Array;
  /**
   * Whether something that a peer sent, of the same length, answers such a datagram, and shows so that it heard it. Where absent, a connection that
   * moves is believed to be where it was heard (RFC 9146 §6 warns of that), and whatever is said to it goes there.
   */
  readonly isNudgeAnswer?: (nudge: Uint8Array, datagram: Uint8Array) => boolean;
}

/** What is known of a connected peer. */
export interface DtlsPeer {
  readonly identity: Uint8Array;
  /** By what it proved to be that. */
  readonly credential: CredentialKind;
  /** Where it was last heard. */
  readonly udpAddress: Address;
  readonly suite: CipherSuite;
  readonly hasConnectionId: boolean;
  readonly isResumed: boolean;
  /** On the monotonic clock. */
  readonly connectedAt: number;
}
