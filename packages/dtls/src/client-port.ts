import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { type Duration, seconds } from "@lamplighter/runtime/duration";
import { alertDescription, encodeAlert } from "./alert.ts";
import { copied } from "./bytes.ts";
import { type Certificates, type CheckedCertificates, checkedCertificates } from "./certificates.ts";
import { type CipherSuite, certificateSuites, cipherSuites } from "./cipher-suite.ts";
import { ClientHandshake } from "./client-handshake.ts";
import type { Connection } from "./connection.ts";
import type { Established, HandshakeFailure } from "./established.ts";
import { HandshakeRun } from "./handshake-run.ts";
import { MalformedRecord } from "./malformed-record.ts";
import { contentType, type DtlsRecord, decodeRecords } from "./record.ts";

export interface DtlsClientOptions {
  readonly port: DatagramPort;
  readonly server: Address;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** A pre-shared key and its name; both, or neither where `certificates` are given. */
  readonly identity?: Uint8Array;
  readonly key?: Uint8Array;
  /** A raw public key or certificates, and how the server's are judged. */
  readonly certificates?: Certificates;
  /** All that the keys and certificates given are good for, where absent. */
  readonly suites?: readonly CipherSuite[];
  /** How the server is to address us: empty when its own id is all we want; undefined to do without. */
  readonly connectionId?: Uint8Array;
  readonly offersExtendedMasterSecret?: boolean;
  /** How long it waits after a failed handshake before the next. */
  readonly retryAfter?: Duration;
  /** Times that a handshake sends a flight before it is given up; as many as a server does where absent. */
  readonly sendsMax?: number;
  readonly onConnected?: (established: Established) => void;
  readonly onFailed?: (why: HandshakeFailure) => void;
}

/** Datagrams kept while a handshake is under way; beyond, the oldest is dropped, as UDP would. */
export const waitingMax = 16;

/** A light's side of DTLS: a datagram port to one server, which connects by itself when something is to be sent. */
export class DtlsClientPort implements DatagramPort {
  readonly #options: DtlsClientOptions;
  readonly #certificates: CheckedCertificates | undefined;
  #run: HandshakeRun | undefined;
  #connection: Connection | undefined;
  #established: Established | undefined;
  #waiting: Uint8Array[] = [];
  #retry: Cancel | undefined;
  #listener: (from: Address, datagram: Uint8Array) => void = () => {};
  /** Handshakes that ended well. */
  handshakes = 0;

  constructor(options: DtlsClientOptions) {
    this.#options = options;
    this.#certificates = options.certificates && checkedCertificates(options.certificates);
    options.port.onDatagram((from, datagram) => {
      if (from === options.server) this.#take(datagram);
    });
  }

  get address(): Address {
    return this.#options.port.address;
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  get established(): Established | undefined {
    return this.#established;
  }

  onDatagram(listener: (from: Address, datagram: Uint8Array) => void): void {
    this.#listener = listener;
  }

  send(to: Address, datagram: Uint8Array): void {
    if (to !== this.#options.server) return;
    if (this.#connection) return this.#sendRecord(contentType.applicationData, datagram);
    this.#waiting.push(copied(datagram));
    if (this.#waiting.length > waitingMax) this.#waiting.shift();
    if (!this.#run && !this.#retry) this.connect();
  }

  /** Begins a handshake; the session of the connection before is resumed where the server still knows it. */
  connect({ resume = true }: { readonly resume?: boolean } = {}): void {
    const { clock, identity, key, randomBytes, connectionId, port, server } = this.#options;
    this.#run?.stop();
    this.#retry?.();
    this.#retry = undefined;
    const former = this.#established;
    const machine = new ClientHandshake({
      suites: this.#suites(),
      preShared: identity && key && { identity, key },
      certificates: this.#certificates,
      randomBytes,
      connectionId,
      offersExtendedMasterSecret: this.#options.offersExtendedMasterSecret ?? true,
      ...(resume &&
        former &&
        former.sessionId.length > 0 && { resume: { sessionId: former.sessionId, session: former } }),
    });
    this.#run = new HandshakeRun({
      machine,
      side: "client",
      clock,
      sendsMax: this.#options.sendsMax,
      firstSequence: 0,
      firstRecordSequence: 0,
      send: (datagram) => port.send(server, datagram),
      onEstablished: (established, connection) => this.#connected(established, connection),
      onContent: (type, content) => this.#takeContent(type, content),
      onFailed: ({ why }) => this.#failed(why),
    });
    this.#run.begin();
  }

  #suites(): readonly CipherSuite[] {
    const { suites, key, certificates } = this.#options;
    return suites ?? [...(key ? cipherSuites : []), ...(certificates ? certificateSuites : [])];
  }

  /** Forgets the connection, as a power cut does; with `sayGoodbye`, tells the server first. */
  disconnect({ sayGoodbye = false, keepSession = false } = {}): void {
    if (sayGoodbye && this.#connection) {
      const farewell = encodeAlert({ level: "warning", description: alertDescription.closeNotify });
      this.#sendRecord(contentType.alert, farewell);
    }
    this.#run?.stop();
    this.#retry?.();
    this.#run = this.#connection = this.#retry = undefined;
    if (!keepSession) this.#established = undefined;
    this.#waiting = [];
  }

  #connected(established: Established, connection: Connection): void {
    this.#established = established;
    this.#connection = connection;
    this.handshakes++;
    this.#options.onConnected?.(established);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const datagram of waiting) this.#sendRecord(contentType.applicationData, datagram);
  }

  #failed(why: HandshakeFailure): void {
    this.#run = undefined;
    this.#options.onFailed?.(why);
    this.#retry = this.#options.clock.after(this.#options.retryAfter ?? seconds(30), () => {
      this.#retry = undefined;
      if (this.#waiting.length > 0) this.connect();
    });
  }

  #take(datagram: Uint8Array): void {
    try {
      const cidBytes = this.#options.connectionId?.length ?? 0;
      for (const record of decodeRecords(datagram, cidBytes)) this.#takeRecord(record);
    } catch (error) {
      // Anybody may write to a light; what cannot be read is nothing to it.
      if (!(error instanceof MalformedRecord)) throw error;
    }
  }

  #takeRecord(record: DtlsRecord): void {
    const plain = record.epoch === 0 ? undefined : this.#connection?.open(record);
    if (typeof plain === "object") this.#takeContent(plain.type, plain.content);
    else this.#run?.take(record);
  }

  #takeContent(type: number, content: Uint8Array): void {
    if (type === contentType.applicationData) this.#listener(this.#options.server, content);
    else if (type === contentType.handshake) this.#run?.repeatIfAsked(content);
    else if (type === contentType.alert && content[1] !== alertDescription.noRenegotiation) {
      // The server has forgotten us, or is about to: the next datagram begins anew.
      this.#connection = undefined;
      this.#run?.stop();
      this.#run = undefined;
    }
  }

  #sendRecord(type: number, content: Uint8Array): void {
    const sealed = this.#connection?.seal(type, content);
    if (sealed) this.#options.port.send(this.#options.server, sealed);
  }
}
