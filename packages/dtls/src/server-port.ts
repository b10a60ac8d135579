import type { Cancel } from "@lamplighter/runtime/clock";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { invariant } from "@lamplighter/runtime/invariant";
import type { SealedBox } from "@lamplighter/runtime/sealed-box";
import { AddressProofs, unprovedLimits } from "./address-proof.ts";
import { alertDescription, decodeAlert, encodeAlert } from "./alert.ts";
import { copied } from "./bytes.ts";
import { checkedCertificates } from "./certificates.ts";
import { type CipherSuite, certificateSuites, cipherSuites } from "./cipher-suite.ts";
import { Connection } from "./connection.ts";
import { ConnectionTable, type LiveConnection } from "./connection-table.ts";
import type { Established, Resumable } from "./established.ts";
import { decodeFragments, handshakeType } from "./handshake-message.ts";
import { type DtlsCounters, type DtlsLimits, defaultLimits, noCounts, sweepEvery } from "./limits.ts";
import { MalformedRecord } from "./malformed-record.ts";
import { PeerSecrets } from "./peer-secrets.ts";
import { bytesOf, contentType, copyOf, type DtlsRecord, decodeRecords } from "./record.ts";
import { allSeenBelow } from "./replay-window.ts";
import { ResumableSessions } from "./resumable-sessions.ts";
import { ServerHandshakes } from "./server-handshakes.ts";
import type { DtlsEvent, DtlsPeer, DtlsServerOptions } from "./server-options.ts";
import { openSession } from "./session-sealing.ts";
import type { SessionMarks, StoredSession } from "./session-store.ts";

/** Length of the connection ids that we hand out: 2^48 of them are not guessed, and cost a radio six bytes. */
export const connectionIdBytes = 6;

/**
 * A datagram port whose datagrams come from proved peers only: the server's side of DTLS 1.2 (RFC 6347, RFC 9146).
 *
 * Seen from above, the address of a peer is a name of its connection, `dtls:…`, which stays the same when the peer's UDP
 * address changes, and is another after a new handshake, as RFC 7252 §9.1.1 wants of message ids and tokens.
 * {@link peerOf} tells who it is.
 *
 * Defended against: forged hellos (nothing is kept, and less is sent than came, until a cookie came back), replays, forged
 * alerts and hellos aimed at a live connection (a new handshake replaces it only when it has ended well), records that
 * were changed, and floods beyond each limit. What cannot be read is dropped in silence and counted.
 */
export class DtlsServerPort implements DatagramPort {
  readonly #options: DtlsServerOptions;
  readonly #suites: readonly CipherSuite[];
  readonly #limits: DtlsLimits;
  readonly #table: ConnectionTable;
  readonly #resumable: ResumableSessions;
  readonly #handshakes: ServerHandshakes;
  readonly #proofs: AddressProofs | undefined;
  readonly #secrets: PeerSecrets;
  readonly #counters = noCounts();
  #listener: (from: Address, datagram: Uint8Array) => void = () => {};
  #sweep: Cancel = () => {};

  constructor(options: DtlsServerOptions) {
    const { port, clock, randomBytes } = options;
    this.#options = options;
    const certificates = options.certificates && checkedCertificates(options.certificates);
    this.#suites = options.suites ?? [...cipherSuites, ...(certificates ? certificateSuites : [])];
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#secrets = new PeerSecrets(options);
    const monotonic = () => clock.monotonic();
    this.#table = new ConnectionTable({ limits: this.#limits, monotonic, gone: (live, why) => this.#gone(live, why) });
    this.#resumable = new ResumableSessions({ limits: this.#limits, monotonic });
    const { nudge: challenge, isNudgeAnswer: isAnswer } = options;
    this.#proofs = challenge && isAnswer && new AddressProofs({ port, monotonic, challenge, isAnswer });
    this.#handshakes = new ServerHandshakes({
      ...{
        port,
        clock,
        randomBytes,
        certificates,
        limits: this.#limits,
        counters: this.#counters,
        suites: this.#suites,
      },
      keyOf: options.keyOf,
      resumable: (sessionId) => this.#resumableNow(sessionId),
      freeId: () => this.#table.freeId(() => randomBytes(connectionIdBytes)),
      onEstablished: (from, established, connection) => this.#established(from, established, connection),
      whenStored: options.sessions && ((live, then) => options.sessions?.whenStored(live, then)),
      onContent: (live, type, content) => this.#takeContent(live, { type, content }),
      onFailed: (from, { why, identity }) =>
        options.onEvent?.({ kind: "refused", from, why, ...(identity && { identity }) }),
    });
    options.sessions?.serve({
      take: (live, from, record) => this.#takeHeld(live, from, record),
      send: (live, type, content) => this.#sendRecord(live, type, content),
    });
    port.onDatagram((from, datagram) => this.#take(from, datagram));
    this.#sweepLater();
  }

  get address(): Address {
    return this.#options.port.address;
  }

  get counters(): Readonly<DtlsCounters> {
    return this.#counters;
  }

  get connections(): number {
    return this.#table.size;
  }

  onDatagram(listener: (from: Address, datagram: Uint8Array) => void): void {
    this.#listener = listener;
  }

  /** Sends to a connected peer. To one that is not connected any more nothing is sent, as UDP may lose anything. */
  send(to: Address, datagram: Uint8Array): void {
    const live = this.#table.named(to);
    if (live) this.#sendRecord(live, contentType.applicationData, datagram);
  }

  peerOf(name: Address): DtlsPeer | undefined {
    const live = this.#table.named(name);
    if (!live) return undefined;
    const { established, udpAddress, connectedAt } = live;
    const { identity, credential, suite, isResumed, connectionIds } = established;
    const hasConnectionId = connectionIds !== undefined;
    return { identity, credential, udpAddress, suite, isResumed, connectedAt, hasConnectionId };
  }

  /** Says good-bye to a peer, and forgets it. */
  disconnect(name: Address): void {
    const live = this.#table.named(name);
    if (live) this.#close(live);
  }

  /** Ends all connections of an identity, finished or not, and forbids their resumption: its key was changed or taken away. */
  forgetIdentity(identity: Uint8Array): void {
    this.#handshakes.forgetIdentity(identity);
    this.#resumable.forget(identity);
    for (const live of this.#table.ofIdentity(identity)) this.#close(live);
  }

  /**
   * Takes up connections of an earlier process, whose stored marks were raised by `ahead` since they were read. One whose
   * box does not open, whose key was changed or taken away since, or whose light has a newer connection is forgotten.
   * Returns how many go on.
   */
  restore(stored: readonly StoredSession[], box: SealedBox, ahead: SessionMarks): number {
    const { sessions } = this.#options;
    invariant(sessions !== undefined, "connections are restored by a port that keeps them");
    let restored = 0;
    const inOrder = stored.toSorted((a, b) => a.heardAt - b.heardAt);
    const tooMany = Math.max(0, inOrder.length - this.#limits.connectionsMax);
    for (const { name } of inOrder.splice(0, tooMany)) sessions.forget(name);
    for (const row of inOrder) {
      if (this.#restoreOne(row, box, ahead)) restored++;
      else sessions?.forget(row.name);
    }
    return restored;
  }

  #restoreOne(row: StoredSession, box: SealedBox, ahead: SessionMarks): boolean {
    const { clock, sessions } = this.#options;
    const opened = openSession(box, row, this.#suites);
    if (!opened) return false;
    const { established, proof } = opened;
    if (!this.#secrets.stillProves(established, proof)) return false;
    const { name, udpAddress, sendBelow, acceptedBelow } = row;
    const progress = { writeSequence: sendBelow, window: allSeenBelow(acceptedBelow) };
    if (!(sendBelow >= 0 && acceptedBelow >= 0)) return false;
    const connection = new Connection(established, "server", progress);
    const monotonicOf = (wall: number) => clock.monotonic() - Math.max(0, clock.now().getTime() - wall);
    const times = { connectedAt: monotonicOf(row.connectedAt), heardAt: monotonicOf(row.heardAt) };
    const live = { name, established, connection, udpAddress, ...times };
    // Two rows of one light: the one heard last is its own, whichever comes first.
    const [other] = this.#table.ofIdentity(established.identity);
    if (other && other.connectedAt < live.connectedAt) this.#table.remove(other, "replaced");
    if (!this.#table.addRestored(live)) return false;
    sessions?.addRestored(live, proof, {
      sendBelow: sendBelow + ahead.sendBelow,
      acceptedBelow: acceptedBelow + ahead.acceptedBelow,
    });
    return true;
  }

  /** Stops without a word to anybody. */
  stop(): void {
    this.#options.port.onDatagram(() => {});
    this.#sweep();
    this.#handshakes.stop();
  }

  // ── What comes in ──────────────────────────────────────────────────────────────────────────────────────────────

  #take(from: Address, datagram: Uint8Array): void {
    try {
      for (const record of decodeRecords(datagram, connectionIdBytes)) {
        // The last of its datagram: one full of hellos from a forged address would be answered by twenty.
        if (this.#takeRecord(from, record) === "hello") break;
      }
    } catch (error) {
      this.#countMalformed(error);
    }
  }

  /** What waited for the store is at the edge a second time: its keeper cannot know what may be wrong with it. */
  #takeHeld(live: LiveConnection, from: Address, record: DtlsRecord): void {
    try {
      this.#takeProtected(live, from, record);
    } catch (error) {
      this.#countMalformed(error);
    }
  }

  #countMalformed(error: unknown): void {
    if (!(error instanceof MalformedRecord)) throw error;
    this.#counters.malformed++;
  }

  #takeRecord(from: Address, record: DtlsRecord): "hello" | undefined {
    if (record.epoch === 0 && record.type !== contentType.tls12Cid) return this.#handshakes.takePlain(from, record);
    const live = record.connectionId ? this.#table.withId(record.connectionId) : this.#table.at(from);
    if (live && this.#takeProtected(live, from, record)) return undefined;
    // A handshake at the same address: its records are of the same epoch, and only opening them tells.
    if (this.#handshakes.takeProtected(from, record)) return undefined;
    if (live) this.#counters.unreadable++;
    else this.#counters.unknownConnection++;
    return undefined;
  }

  /** Returns whether the record was this connection's. */
  #takeProtected(live: LiveConnection, from: Address, record: DtlsRecord): boolean {
    const plain = live.connection.open(record);
    if (!plain) return false;
    if (plain === "beyond") {
      this.#options.sessions?.holdIn(live, from, copyOf(record));
      return true;
    }
    if (plain === "doubtful") {
      this.#nudge(live, from, bytesOf(record));
      return true;
    }
    this.#table.heard(live);
    // Only a record newer than all before it moves the address (RFC 9146 §6): an old one may be anybody's recording.
    if (plain.isNewest && record.connectionId && live.udpAddress !== from) {
      const former = live.udpAddress;
      this.#table.move(live, from);
      this.#options.sessions?.moved(live);
      this.#proofs?.moved(live, former);
      this.#counters.addressMoves++;
      this.#options.onEvent?.({ kind: "moved", peer: live.name, from: former });
    }
    if (live.unproved && from === live.udpAddress) this.#proofs?.heard(live, bytesOf(record), plain);
    this.#takeContent(live, plain);
    return true;
  }

  /**
   * After a kill some of a peer's next numbers are in doubt (see {@link SessionKeeper}). Each of its records in doubt is
   * answered with something that it answers in turn, until its numbers are past the doubt: so it costs some round trips
   * and not its patience. One for one, so that whoever replays a record from a forged address gains nothing by it.
   */
  #nudge(live: LiveConnection, from: Address, bytes: number): void {
    const { nudge, port } = this.#options;
    this.#counters.doubtful++;
    const sealed = nudge && live.connection.seal(contentType.applicationData, nudge());
    // A peer may have given itself a long id, which is in all that is sent to it.
    if (sealed && sealed.length <= unprovedLimits.factor * bytes) port.send(from, sealed);
  }

  #takeContent(live: LiveConnection, { type, content }: { type: number; content: Uint8Array }): void {
    switch (type) {
      case contentType.applicationData:
        this.#listener(live.name, content);
        break;
      case contentType.alert:
        this.#takeAlert(live, content);
        break;
      case contentType.handshake:
        this.#takeLateHandshake(live, content);
        break;
    }
  }

  #takeAlert(live: LiveConnection, content: Uint8Array): void {
    const { level, description } = decodeAlert(content);
    if (description === alertDescription.closeNotify) {
      this.#counters.closedByPeer++;
      this.#close(live);
    } else if (level === "fatal") {
      this.#counters.closedByPeer++;
      // An end by error must not be resumed (RFC 5246 §7.2.2).
      this.#resumable.forgetSession(live.established.sessionId);
      this.#table.remove(live, "closed");
    }
  }

  #takeLateHandshake(live: LiveConnection, content: Uint8Array): void {
    for (const { type } of decodeFragments(content)) {
      if (type !== handshakeType.clientHello) continue;
      // Renegotiation is not spoken: it was the way into TLS more than once (RFC 5746), and nobody needs it.
      const refusal = encodeAlert({ level: "warning", description: alertDescription.noRenegotiation });
      return this.#sendRecord(live, contentType.alert, refusal);
    }
    this.#handshakes.repeatIfAsked(live, content);
  }

  #established(from: Address, established: Established, connection: Connection): LiveConnection {
    const live = this.#table.add({ established, connection, udpAddress: from, name: this.#newName() });
    const proof = this.#secrets.proofOf(established);
    this.#options.sessions?.add(live, proof);
    this.#resumable.keep(established, proof);
    this.#options.onEvent?.({ kind: "connected", peer: live.name, isResumed: established.isResumed });
    return live;
  }

  /** A session whose key was changed or taken away since, or whose certificate has expired, is not resumed. */
  #resumableNow(sessionId: Uint8Array): Resumable | undefined {
    const found = this.#resumable.find(sessionId);
    if (!found || (found.validUntil ?? Number.POSITIVE_INFINITY) < this.#options.clock.now().getTime())
      return undefined;
    return this.#secrets.stillProves(found, found.proof) ? found : undefined;
  }

  #newName(): Address {
    return `dtls:${Buffer.from(this.#options.randomBytes(8)).toString("hex")}`;
  }

  // ── What goes out, and ends ────────────────────────────────────────────────────────────────────────────────────

  #sendRecord(live: LiveConnection, type: number, content: Uint8Array): void {
    const sealed = live.connection.seal(type, content);
    if (sealed) this.#post(live, sealed);
    else if (live.connection.isSpent) this.#table.remove(live, "spent");
    else this.#options.sessions?.holdOut(live, type, copied(content));
  }

  #post(live: LiveConnection, sealed: Uint8Array): void {
    if (live.unproved && this.#proofs) this.#proofs.send(live, sealed);
    else this.#options.port.send(live.udpAddress, sealed);
  }

  #close(live: LiveConnection): void {
    const farewell = encodeAlert({ level: "warning", description: alertDescription.closeNotify });
    this.#sendRecord(live, contentType.alert, farewell);
    this.#table.remove(live, "closed");
  }

  #gone(live: LiveConnection, why: Extract<DtlsEvent, { kind: "gone" }>["why"]): void {
    const { name } = live;
    this.#options.sessions?.remove(live);
    if (why === "evicted") this.#counters.evicted++;
    this.#options.onEvent?.({ kind: "gone", peer: name, why });
  }

  #sweepLater(): void {
    this.#sweep = this.#options.clock.after(sweepEvery, () => {
      this.#handshakes.sweep();
      this.#table.sweep();
      this.#sweepLater();
    });
  }
}
