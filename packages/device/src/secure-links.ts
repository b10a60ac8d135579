import { DtlsClientPort } from "@lamplighter/dtls/client-port";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { type Duration, seconds } from "@lamplighter/runtime/duration";
import { invariant } from "@lamplighter/runtime/invariant";

/** What a light proves itself with: a pre-shared key and its name (RFC 4279). */
export interface LightProof {
  readonly identity: Uint8Array;
  readonly key: Uint8Array;
}

export interface SecureLinksOptions {
  /** What carries everything, protected or not. */
  readonly port: DatagramPort;
  readonly clock: Clock;
  /** Unguessable; needed where there is something to prove. */
  readonly randomBytes: ((count: number) => Uint8Array) | undefined;
  /** A handshake ended well. */
  readonly onHandshake?: () => void;
}

/** A server that was restarted knows nothing of a handshake in its middle: after 31 s without an answer it begins anew. */
const handshakeSendsMax = 5;
/** Pause before a light that came to no connection tries again. */
const retryAfter: Duration = seconds(5);

/**
 * A light's way to its servers: over DTLS to those that it has a key for, in the clear to the others. It asks for a
 * connection id (RFC 9146), so that it may be heard from another address, and has none itself: servers do not move.
 */
export class SecureLinks implements DatagramPort {
  /** Sees each datagram that reaches the light, opened. */
  onArrival: (datagram: Uint8Array) => void = () => {};
  readonly #options: SecureLinksOptions;
  readonly #links = new Map<Address, { readonly proof: LightProof; readonly link: DtlsClientPort }>();
  readonly #incoming = new Map<Address, (from: Address, datagram: Uint8Array) => void>();
  #listener: (from: Address, datagram: Uint8Array) => void = () => {};

  constructor(options: SecureLinksOptions) {
    this.#options = options;
    options.port.onDatagram((from, datagram) => {
      const secure = this.#incoming.get(from);
      if (secure) secure(from, datagram);
      else this.#take(from, datagram);
    });
  }

  get address(): Address {
    return this.#options.port.address;
  }

  onDatagram(listener: (from: Address, datagram: Uint8Array) => void): void {
    this.#listener = listener;
  }

  send(to: Address, datagram: Uint8Array): void {
    const secure = this.#links.get(to);
    if (secure) secure.link.send(to, datagram);
    else this.#options.port.send(to, datagram);
  }

  /** Says what there is to prove to which server. A connection that was made with another key is given up. */
  protect(proofs: ReadonlyMap<Address, LightProof>): void {
    for (const [server, { proof, link }] of this.#links) {
      const now = proofs.get(server);
      if (now && isSame(now, proof)) continue;
      link.disconnect({ sayGoodbye: true });
      this.#links.delete(server);
      this.#incoming.delete(server);
    }
    for (const [server, proof] of proofs) {
      if (!this.#links.has(server)) this.#links.set(server, { proof, link: this.#open(server, proof) });
    }
  }

  /** Whether what is sent there is protected. */
  protects(server: Address): boolean {
    return this.#links.has(server);
  }

  /** Gives a connection up that nothing is heard over: the next datagram begins a new one. */
  renew(server: Address): void {
    this.#links.get(server)?.link.disconnect();
  }

  /** Connections do not survive without power. */
  losePower(): void {
    for (const { link } of this.#links.values()) link.disconnect();
  }

  #open(server: Address, { identity, key }: LightProof): DtlsClientPort {
    const { port, clock, randomBytes } = this.#options;
    invariant(randomBytes, "a light with a key needs unguessable bytes");
    const link = new DtlsClientPort({
      port: {
        address: port.address,
        send: (to, datagram) => port.send(to, datagram),
        onDatagram: (listener) => void this.#incoming.set(server, listener),
      },
      ...{ server, clock, randomBytes, identity, key, retryAfter },
      ...{ connectionId: new Uint8Array(), sendsMax: handshakeSendsMax },
      onConnected: () => this.#options.onHandshake?.(),
    });
    link.onDatagram((from, datagram) => this.#take(from, datagram));
    return link;
  }

  #take(from: Address, datagram: Uint8Array): void {
    this.onArrival(datagram);
    this.#listener(from, datagram);
  }
}

function isSame(a: LightProof, b: LightProof): boolean {
  return Buffer.compare(a.identity, b.identity) === 0 && Buffer.compare(a.key, b.key) === 0;
}
