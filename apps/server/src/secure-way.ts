import { randomBytes } from "node:crypto";
import { bytesOf, type KnownCredential } from "@lamplighter/api/security/credential-index";
import type { SecurityLog } from "@lamplighter/api/security/security-log";
import type { SecurityStore } from "@lamplighter/api/security/security-store";
import type { SecurePeer } from "@lamplighter/api/security/services";
import type { CredentialPurpose } from "@lamplighter/db/prisma-credential-store";
import type { Certificates } from "@lamplighter/dtls/certificates";
import type { DtlsEvent } from "@lamplighter/dtls/server-options";
import { DtlsServerPort } from "@lamplighter/dtls/server-port";
import type { SessionKeeper } from "@lamplighter/dtls/session-keeper";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { isSecure, joinPorts } from "@lamplighter/runtime/joined-port";
import type { UdpPort } from "@lamplighter/runtime/udp-port";

/** A CoAP ping: an empty confirmable message, to which every endpoint says Reset, and nothing else (RFC 7252 §4.3). */
const ping = (): Uint8Array => Uint8Array.of(0x40, 0, ...randomBytes(2));

/** Whether a datagram is the Reset of a ping, or the acknowledgement that some send in its place: of its number, and empty. */
const answersPing = (ping: Uint8Array, [head, code, ...number]: Uint8Array): boolean =>
  (head === 0x70 || head === 0x60) && code === 0 && number[0] === ping[2] && number[1] === ping[3];

/** The name of a peer that proved something which is worth nothing any more. No endpoint is called so. */
const nobody = "";

/** One of our servers' ways in: in the clear by one UDP port, over DTLS by another, and both as one port. */
export class SecureWay {
  readonly port: DatagramPort;
  readonly dtls: DtlsServerPort;
  readonly #purpose: CredentialPurpose;
  readonly #clock: Clock;
  readonly #store: SecurityStore;
  readonly #events: SecurityLog;
  readonly #onChange: () => void;
  /** The connection that a light made last. One that was restored is found by the light's registration. */
  readonly #names = new Map<string, Address>();

  constructor(parts: {
    readonly purpose: CredentialPurpose;
    readonly plain: UdpPort;
    readonly secure: UdpPort;
    readonly clock: Clock;
    readonly store: SecurityStore;
    readonly events: SecurityLog;
    /** Called when a light came or went. */
    readonly onChange?: () => void;
    /** Keeps connections over a restart. */
    readonly sessions?: SessionKeeper;
    /** For lights with public keys and certificates. */
    readonly certificates?: Certificates;
  }) {
    const { purpose, plain, secure, clock, store, events, onChange = () => {}, sessions, certificates } = parts;
    this.#purpose = purpose;
    this.#clock = clock;
    this.#store = store;
    this.#events = events;
    this.#onChange = onChange;
    this.dtls = new DtlsServerPort({
      ...{ port: secure, clock },
      randomBytes: (count) => randomBytes(count),
      keyOf: (identity) => store.keyOf(purpose, identity),
      onEvent: (event) => this.#take(event),
      ...(sessions && { sessions }),
      ...(certificates && { certificates }),
      nudge: ping,
      isNudgeAnswer: answersPing,
    });
    this.port = joinPorts({ plain, secure: this.dtls });
  }

  /**
   * The endpoint that a peer proved to be; undefined for one in the clear. A proved peer whose credential was taken away,
   * or whose connection is gone, is nobody, and not one in the clear: it would be let in where no proof is asked for.
   */
  readonly authenticated = (peer: Address): string | undefined => {
    if (!isSecure(peer)) return undefined;
    const identity = this.identityOf(peer);
    return (identity && this.#store.endpointOf(this.#purpose, identity)) ?? nobody;
  };

  /** What a peer proved to be; undefined for one in the clear, or gone. */
  readonly identityOf = (peer: Address): Uint8Array | undefined =>
    isSecure(peer) ? this.dtls.peerOf(peer)?.identity : undefined;

  readonly whyNotClear = (endpoint: string): string | undefined => this.#store.whyNotClear(endpoint, this.#purpose);

  /** Whether there is anything that a light could prove itself with. */
  canProve(endpoint: string): boolean {
    return this.#store.hasProof(endpoint, this.#purpose);
  }

  /** An address as people know it. */
  readonly shown = (address: Address): string =>
    isSecure(address) ? (this.dtls.peerOf(address)?.udpAddress ?? "a connection that has ended") : address;

  /** What is known of a light's connection; `registeredAt` is where it is registered, if it is. */
  peerOf(endpoint: string, registeredAt: Address | undefined): SecurePeer | undefined {
    const name = this.#nameOf(endpoint, registeredAt);
    const peer = name === undefined ? undefined : this.dtls.peerOf(name);
    if (!peer) return undefined;
    const { suite, hasConnectionId, isResumed, udpAddress, identity, connectedAt } = peer;
    const age = this.#clock.monotonic() - connectedAt;
    return {
      ...{ suite: suite.name, hasConnectionId, isResumed, udpAddress, identity },
      connectedAt: new Date(this.#clock.now().getTime() - age),
    };
  }

  disconnect(endpoint: string, registeredAt: Address | undefined): boolean {
    const name = this.#nameOf(endpoint, registeredAt);
    if (name === undefined || !this.dtls.peerOf(name)) return false;
    this.dtls.disconnect(name);
    return true;
  }

  /** Cuts off whoever is connected with a credential that is good no more. */
  forget({ purpose, identity }: KnownCredential): void {
    if (purpose === this.#purpose && identity !== undefined) this.dtls.forgetIdentity(bytesOf(identity));
  }

  #nameOf(endpoint: string, registeredAt: Address | undefined): Address | undefined {
    const last = this.#names.get(endpoint);
    return last !== undefined && this.dtls.peerOf(last) ? last : registeredAt;
  }

  #take(event: DtlsEvent): void {
    switch (event.kind) {
      case "connected": {
        const peer = this.dtls.peerOf(event.peer);
        const endpoint = peer && this.#store.endpointOf(this.#purpose, peer.identity);
        if (!peer || endpoint === undefined) return;
        this.#names.set(endpoint, event.peer);
        this.#store.handshaken(this.#purpose, peer.identity, {
          suite: peer.suite.name,
          hasConnectionId: peer.hasConnectionId,
        });
        return this.#onChange();
      }
      case "gone":
        return this.#onChange();
      case "refused":
        return this.#tellRefused(event);
      case "moved":
        return;
    }
  }

  #tellRefused({ from, why, identity }: Extract<DtlsEvent, { kind: "refused" }>): void {
    const endpoint = identity && this.#store.endpointOf(this.#purpose, identity);
    // A bootstrap server that is a process of its own may have brought it a key a moment ago: it comes again.
    if (why === "unknown-identity") this.#store.watch.lookSoon();
    const where = this.#purpose === "server" ? "" : " with the bootstrap server";
    const kind = why === "unknown-identity" || why === "wrong-key" ? why : "handshake-failed";
    const detail = `A handshake${where} was refused: ${whyWords[why] ?? why}.`;
    this.#events.note({
      kind: why === "wrong-finished" ? "wrong-key" : kind,
      endpoint,
      identity,
      address: from,
      detail,
    });
  }
}

const whyWords: Readonly<Record<string, string>> = {
  "no-common-suite": "the light offers no cipher suite that is spoken here",
  "unknown-identity": "nobody has this identity",
  "wrong-key": "the key is not the one of this identity",
  "wrong-finished": "the key is not the one of this identity",
  "no-certificate": "the light shows no key or certificate that can be used here",
  "wrong-signature": "the light does not have the private key of what it shows",
  untrusted: "the light proved its key, and the key or certificate is not trusted here",
  "wrong-key-share": "the light sent what is no half of a key exchange",
  "unexpected-message": "the light sent what does not belong there",
  malformed: "the light sent what cannot be read",
  version: "the light speaks another version than DTLS 1.2",
  "refused-by-peer": "the light broke it off",
  timeout: "the light fell silent",
};
