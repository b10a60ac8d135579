import type { CredentialPurpose } from "@lamplighter/db/prisma-credential-store";
import type { SecurityLog } from "./security-log.ts";
import type { SecurityStore } from "./security-store.ts";

/** The protected connection that a light has with this server now. */
export interface SecurePeer {
  readonly suite: string;
  readonly hasConnectionId: boolean;
  readonly isResumed: boolean;
  readonly connectedAt: Date;
  readonly udpAddress: string;
  readonly identity: Uint8Array;
}

/** Who is connected by DTLS, as the API must know it. */
export interface SecurePeers {
  /** How many connections there are with this server. */
  readonly connections: number;
  peerOf(endpoint: string): SecurePeer | undefined;
  /** Ends a light's connection; false when it has none. */
  disconnect(endpoint: string): boolean;
  /** An address as people know it: of a peer behind DTLS the UDP address that it was last heard at. */
  shown(address: string): string;
}

/** What the security procedures work with. */
export interface SecurityServices {
  readonly store: SecurityStore;
  readonly events: SecurityLog;
  readonly peers: SecurePeers;
  /** Ends what lights registered in the clear that may not be in the clear any more. */
  readonly endClear: (purpose?: CredentialPurpose) => number;
}
