import type { Clock } from "@lamplighter/runtime/clock";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { copied } from "./bytes.ts";
import type { CheckedCertificates } from "./certificates.ts";
import type { CipherSuite } from "./cipher-suite.ts";
import type { Connection } from "./connection.ts";
import type { LiveConnection } from "./connection-table.ts";
import { Cookies } from "./cookie.ts";
import type { Established, HandshakeFailure, Resumable } from "./established.ts";
import { decodeFragments, fragmentsOf, type HandshakeFragment, handshakeType } from "./handshake-message.ts";
import { HandshakeRun } from "./handshake-run.ts";
import { HandshakeTable, hostOf } from "./handshake-table.ts";
import { type ClientHello, decodeClientHello, encodeHelloVerifyRequest } from "./hello.ts";
import type { DtlsCounters, DtlsLimits } from "./limits.ts";
import { MalformedRecord } from "./malformed-record.ts";
import { RateBound } from "./rate-bound.ts";
import { contentType, type DtlsRecord, dtls12, encodeRecord } from "./record.ts";
import { resumptionFor } from "./resumption.ts";
import { ServerHandshake } from "./server-handshake.ts";
import { chooseSuite } from "./suite-choice.ts";

interface ServerHandshakesOptions {
  readonly port: DatagramPort;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly suites: readonly CipherSuite[];
  readonly keyOf: (identity: Uint8Array) => Uint8Array | undefined;
  readonly certificates: CheckedCertificates | undefined;
  readonly limits: DtlsLimits;
  /** Counted here: hellos and handshakes. */
  readonly counters: DtlsCounters;
  /** What a session id stands for; undefined when it may not be resumed. */
  readonly resumable: (sessionId: Uint8Array) => Resumable | undefined;
  /** A connection id that nobody has. */
  readonly freeId: () => Uint8Array;
  readonly onEstablished: (from: Address, established: Established, connection: Connection) => LiveConnection;
  /** Calls back once a new connection would outlive this process, or is not to; at once when absent. */
  readonly whenStored?: ((live: LiveConnection, then: () => void) => void) | undefined;
  /** What came over a connection before its handshake was told of its end. */
  readonly onContent: (live: LiveConnection, type: number, content: Uint8Array) => void;
  readonly onFailed: (
    from: Address,
    failure: { readonly why: HandshakeFailure; readonly identity?: Uint8Array },
  ) => void;
}

interface Handshake {
  readonly run: HandshakeRun;
  readonly random: Uint8Array;
  readonly from: Address;
  readonly bornAt: number;
  /** Set once it succeeded: it only lingers to repeat its last flight. */
  live?: LiveConnection;
  /** Its last flight, while the connection is being stored: who is told of one that a kill then takes away waits long. */
  waiting?: Uint8Array[] | undefined;
}

/**
 * All handshakes that a server has under way, one for each address that proved by a cookie that it hears there.
 *
 * Hellos of strangers are asked for a cookie, and nothing is kept of them.
 */
export class ServerHandshakes {
  readonly #options: ServerHandshakesOptions;
  readonly #cookies: Cookies;
  readonly #keyExchanges: RateBound;
  readonly #table: HandshakeTable<Handshake>;
  /** Identities whose handshakes are to end before anything more is heard, as text. */
  readonly #forgotten = new Set<string>();

  constructor(options: ServerHandshakesOptions) {
    const { clock, randomBytes, limits } = options;
    this.#options = options;
    const monotonic = () => clock.monotonic();
    this.#cookies = new Cookies({ randomBytes, monotonic });
    this.#table = new HandshakeTable(limits.handshakesMax);
    this.#keyExchanges = new RateBound({ perSecondMax: limits.keyExchangesPerSecondMax, monotonic });
  }

  /** Takes a protected record that is no live connection's. Returns whether it was of a handshake. */
  takeProtected(from: Address, record: DtlsRecord): boolean {
    this.#endForgotten();
    return this.#table.get(from)?.run.take(record) ?? false;
  }

  /** Repeats the last flight of the handshake that made a connection, when its peer shows that it missed that. */
  repeatIfAsked(live: LiveConnection, content: Uint8Array): void {
    const lingering = this.#table.get(live.udpAddress);
    if (lingering?.live === live) lingering.run.repeatIfAsked(content);
  }

  /** Lets go of those that ended well a while ago. */
  sweep(): void {
    this.#endForgotten();
    const { clock, limits } = this.#options;
    const now = clock.monotonic();
    for (const handshake of this.#table.all()) {
      if (handshake.live && now - handshake.bornAt > limits.lingerFor) this.#forgetHandshake(handshake);
    }
  }

  /**
   * Ends those of an identity without a word: what they were begun with is good no more. They hear nothing from now on, and are
   * looked for once for all identities that are forgotten together: thousands of keys may be changed while the table is full.
   */
  forgetIdentity(identity: Uint8Array): void {
    this.#forgotten.add(textOf(identity));
  }

  #endForgotten(): void {
    if (this.#forgotten.size === 0) return;
    for (const handshake of this.#table.all()) {
      const claimed = handshake.run.identity;
      if (claimed && this.#forgotten.has(textOf(claimed))) this.#forgetHandshake(handshake);
    }
    this.#forgotten.clear();
  }

  /** Ends all without a word. */
  stop(): void {
    for (const { run } of this.#table.all()) run.stop();
    this.#table.clear();
  }

  /** Takes a record in the clear: only handshakes have such. Tells of a hello, which anybody may have sent. */
  takePlain(from: Address, record: DtlsRecord): "hello" | undefined {
    this.#endForgotten();
    const known = this.#table.get(from);
    if (record.type === contentType.handshake) {
      const hello = helloIn(record.body);
      if (hello) {
        this.#takeHello(from, record, hello, known);
        return "hello";
      }
    }
    if (record.version !== dtls12) throw new MalformedRecord("record version", 1);
    if (!known?.run.take(record)) this.#options.counters.unknownConnection++;
    return undefined;
  }

  #takeHello(
    from: Address,
    record: DtlsRecord,
    { hello, fragment }: { hello: ClientHello; fragment: HandshakeFragment },
    known: Handshake | undefined,
  ): void {
    if (!this.#cookies.isGood(from, hello)) return this.#askForCookie(from, record, { hello, fragment });
    // The same hello again: the flight that answers it was lost.
    if (known && Buffer.compare(known.random, hello.random) === 0) return void known.run.take(record);
    if (!this.#hasTimeFor(hello, from)) return void this.#options.counters.keyExchangesHeldBack++;
    this.#forgetHandshake(known);
    this.#begin(from, record, { hello, fragment });
  }

  /** Keeps nothing, and sends less than came (RFC 6347 §4.2.1). */
  #askForCookie(
    from: Address,
    { sequence }: DtlsRecord,
    { hello, fragment }: { hello: ClientHello; fragment: HandshakeFragment },
  ): void {
    this.#options.counters.cookiesAsked++;
    const body = encodeHelloVerifyRequest(this.#cookies.make(from, hello));
    const message = { type: handshakeType.helloVerifyRequest, sequence: fragment.sequence, body };
    const [only] = fragmentsOf(message, body.length + 64);
    this.#options.port.send(
      from,
      encodeRecord({ type: contentType.handshake, version: dtls12, epoch: 0, sequence, body: only! }),
    );
  }

  #begin(
    from: Address,
    record: DtlsRecord,
    { hello, fragment }: { hello: ClientHello; fragment: HandshakeFragment },
  ): void {
    const { clock, randomBytes, keyOf, certificates, suites, resumable, port, counters } = this.#options;
    const { freeId, onEstablished, onContent, onFailed, whenStored } = this.#options;
    const message = { type: fragment.type, sequence: fragment.sequence, body: copied(fragment.body) };
    const machine = new ServerHandshake(decodeClientHello(message.body), message, {
      ...{ suites, keyOf, certificates, resumable, randomBytes },
      connectionId: freeId(),
    });
    const run = new HandshakeRun({
      machine,
      side: "server",
      clock,
      firstSequence: message.sequence + 1,
      firstRecordSequence: record.sequence,
      send: (datagram) => (handshake.waiting ? handshake.waiting.push(datagram) : port.send(from, datagram)),
      onEstablished: (established, connection) => {
        counters.handshakesDone++;
        if (established.isResumed) counters.handshakesResumed++;
        handshake.live = onEstablished(from, established, connection);
        // One that is resumed has had our last flight already.
        if (!whenStored || established.isResumed) return;
        handshake.waiting = [];
        whenStored(handshake.live, () => {
          const { waiting = [] } = handshake;
          handshake.waiting = undefined;
          for (const datagram of waiting) port.send(from, datagram);
        });
      },
      onContent: (type, content) => handshake.live && onContent(handshake.live, type, content),
      onFailed: (failure) => {
        counters.handshakesFailed++;
        this.#table.remove(handshake);
        onFailed(from, failure);
      },
    });
    const handshake: Handshake = { run, random: copied(hello.random), from, bornAt: clock.monotonic() };
    counters.handshakesBegun++;
    this.#makeRoom();
    this.#table.add(handshake);
    run.begin();
  }

  /** The curve costs many times what a pre-shared key does, and is paid before the client has proved anything but its address. */
  #hasTimeFor(hello: ClientHello, from: Address): boolean {
    const { certificates, suites, resumable } = this.#options;
    const choice = certificates && chooseSuite(hello, { suites, certificates });
    if (!choice?.types || resumptionFor(hello, suites, resumable)) return true;
    return this.#keyExchanges.take(hostOf(from));
  }

  #makeRoom(): void {
    const { superfluous } = this.#table;
    this.#forgetHandshake(superfluous);
    if (superfluous && !superfluous.live) this.#options.counters.evicted++;
  }

  #forgetHandshake(handshake: Handshake | undefined): void {
    if (!handshake) return;
    handshake.run.stop();
    this.#table.remove(handshake);
  }
}

/**
 * The ClientHello in a record, when that is what it holds, whole. One in pieces is not read: without keeping the pieces
 * of strangers no cookie could be asked for, and no client of lights cuts its hello.
 */
function helloIn(body: Uint8Array): { hello: ClientHello; fragment: HandshakeFragment } | undefined {
  const [fragment] = decodeFragments(body);
  if (fragment?.type !== handshakeType.clientHello) return undefined;
  if (fragment.body.length !== fragment.length) throw new MalformedRecord("hello in pieces", 0);
  return { hello: decodeClientHello(fragment.body), fragment };
}

function textOf(identity: Uint8Array): string {
  return Buffer.from(identity).toString("latin1");
}
