import { createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { type AlertDescription, alertDescription } from "./alert.ts";
import { copied, noBytes } from "./bytes.ts";
import { answerType } from "./certificate-type.ts";
import type { CheckedCertificates } from "./certificates.ts";
import type { CipherSuite } from "./cipher-suite.ts";
import type {
  Agreed,
  Established,
  FlightStep,
  HandshakeEffect,
  HandshakeFailure,
  HandshakeMachine,
  Proved,
  Resumable,
} from "./established.ts";
import { connectionIdIn, type Extensions, extensionType, renegotiatesNothing } from "./extension.ts";
import { type HandshakeMessage, handshakeType } from "./handshake-message.ts";
import { type ClientHello, encodeServerHello, randomBytesCount, renegotiationScsv } from "./hello.ts";
import type { ExchangeStep, ServerKeyExchange } from "./key-exchange.ts";
import { type ConnectionKeys, connectionKeys, masterSecret, verifyData } from "./key-schedule.ts";
import { provedOf } from "./proved.ts";
import { ServerPskExchange } from "./psk-exchange.ts";
import { dtls12 } from "./record.ts";
import { resumptionFor } from "./resumption.ts";
import { type CertificateTypes, ServerEcdheExchange } from "./server-ecdhe-exchange.ts";
import { chooseSuite, type SuiteChoice, uncompressedFormat } from "./suite-choice.ts";
import { Transcript } from "./transcript.ts";

export interface ServerHandshakeOptions {
  /** The suites that may be chosen, the best first. */
  readonly suites: readonly CipherSuite[];
  /** The key of an identity; undefined when there is none such. */
  readonly keyOf: (identity: Uint8Array) => Uint8Array | undefined;
  /** What is shown and who is trusted by certificates; without them only pre-shared keys are spoken. */
  readonly certificates?: CheckedCertificates | undefined;
  /** What a session id stands for; undefined when it may not be resumed. */
  readonly resumable: (sessionId: Uint8Array) => Resumable | undefined;
  readonly randomBytes: (count: number) => Uint8Array;
  /** The connection id that we would like to be addressed by. */
  readonly connectionId: Uint8Array;
}

const sessionIdBytes = 32;

type Phase = "exchanging-keys" | "expecting-finished" | "over";

/**
 * The server's side of one handshake, from a ClientHello with a good cookie to Finished (RFC 5246 §7.3, RFC 4279 §2).
 *
 * It knows no clock and no socket: what arrives is fed to it in order, and it says what is to be done. Repeating a lost
 * flight is its runner's affair.
 */
export class ServerHandshake implements HandshakeMachine {
  readonly #options: ServerHandshakeOptions;
  readonly #hello: ClientHello;
  readonly #transcript = new Transcript();
  readonly #serverRandom: Uint8Array;
  #phase: Phase = "over";
  #nextSequence: number;
  #suite: CipherSuite | undefined;
  #sessionId: Uint8Array = noBytes;
  #resumed: Resumable | undefined;
  #exchange: ServerKeyExchange | undefined;
  #certificateTypes: CertificateTypes | undefined;
  #proved: Proved | undefined;
  #master: Uint8Array = noBytes;
  #masterKey: KeyObject | undefined;
  #keys: ConnectionKeys | undefined;
  /** The hash that the client's Finished must prove. */
  #expectedHash: Uint8Array = noBytes;

  constructor(hello: ClientHello, message: HandshakeMessage, options: ServerHandshakeOptions) {
    this.#hello = hello;
    this.#options = options;
    this.#serverRandom = options.randomBytes(randomBytesCount);
    // The HelloVerifyRequest had one number less than the hello that answered it (RFC 6347 §4.2.2).
    this.#nextSequence = message.sequence;
    this.#transcript.add(message);
  }

  get identity(): Uint8Array | undefined {
    const claimed = this.#proved?.identity ?? this.#exchange?.claimed;
    return claimed && claimed.length > 0 ? claimed : undefined;
  }

  /** Answers the hello. */
  begin(): readonly HandshakeEffect[] {
    const { version, compressionMethods } = this.#hello;
    // DTLS counts down: a number above ours is an older version, one below is a newer that can also speak ours.
    if (version > dtls12) return this.#fail("version", alertDescription.protocolVersion);
    if (!compressionMethods.includes(0)) return this.#fail("malformed", alertDescription.illegalParameter);
    if (!renegotiatesNothing(this.#hello.extensions)) return this.#fail("malformed", alertDescription.handshakeFailure);
    const resumed = resumptionFor(this.#hello, this.#options.suites, this.#options.resumable);
    if (resumed) return this.#resume(resumed);
    const choice = chooseSuite(this.#hello, this.#options);
    if (!choice) return this.#fail("no-common-suite", alertDescription.handshakeFailure);
    this.#suite = choice.suite;
    this.#certificateTypes = choice.types;
    this.#exchange = this.#exchangeOf(choice);
    this.#sessionId = this.#options.randomBytes(sessionIdBytes);
    this.#phase = "exchanging-keys";
    const hello = this.#serverHello();
    const sayings = this.#exchange.opening().map(({ type, body }) => this.#say(type, body));
    return [{ kind: "send", flight: [hello, ...sayings, this.#say(handshakeType.serverHelloDone, noBytes)] }];
  }

  /** Takes the next message of the client, which came in a record of `epoch`. */
  receive(message: HandshakeMessage, epoch: number): readonly HandshakeEffect[] {
    if (this.#phase === "exchanging-keys" && epoch === 0) return this.#exchangeKeys(message);
    if (this.#phase === "expecting-finished" && epoch === 1 && message.type === handshakeType.finished) {
      return this.#finish(message);
    }
    return this.#fail("unexpected-message", alertDescription.unexpectedMessage);
  }

  #exchangeOf({ types }: SuiteChoice): ServerKeyExchange {
    const { keyOf, certificates } = this.#options;
    if (!types || !certificates) return new ServerPskExchange(keyOf);
    return new ServerEcdheExchange(certificates, types, { client: this.#hello.random, server: this.#serverRandom });
  }

  #exchangeKeys(message: HandshakeMessage): readonly HandshakeEffect[] {
    const step: ExchangeStep = this.#exchange!.receive(message, () => this.#transcript.bytes());
    if (step.kind === "failed") return this.#fail(step.why, step.alert);
    this.#transcript.add(message);
    if (step.kind === "more") return [];
    if (step.kind === "secret") this.#takePremaster(step.premaster);
    if (!step.proved) return [];
    this.#proved = step.proved;
    this.#transcript.forgetMessages();
    this.#expectedHash = this.#transcript.digest();
    this.#phase = "expecting-finished";
    // Not before the peer's last message in the clear: nothing protected is looked at until all of those are there.
    return [this.#keysEffect()];
  }

  #takePremaster(premaster: Uint8Array): void {
    const seed = this.#isExtended()
      ? ({ kind: "extended", sessionHash: this.#transcript.digest() } as const)
      : ({ kind: "randoms", client: this.#hello.random, server: this.#serverRandom } as const);
    this.#takeMaster(masterSecret(premaster, seed));
    premaster.fill(0);
  }

  #finish(message: HandshakeMessage): readonly HandshakeEffect[] {
    const proof = verifyData(this.#masterKey!, "client", this.#expectedHash);
    if (message.body.length !== proof.length || !timingSafeEqual(message.body, proof)) {
      return this.#fail("wrong-finished", alertDescription.decryptError);
    }
    this.#transcript.add(message);
    this.#phase = "over";
    const established = { kind: "established", established: this.#established() } as const;
    // The connection first: where it is stored, its peer is told of it only once it is.
    return this.#resumed ? [established] : [established, { kind: "send", flight: this.#finishedFlight() }];
  }

  // ── Resumption (RFC 5246 §7.3, figure 2) ───────────────────────────────────────────────────────────────────────

  #resume(resumed: Resumable): readonly HandshakeEffect[] {
    this.#resumed = resumed;
    this.#suite = resumed.suite;
    this.#sessionId = copied(this.#hello.sessionId);
    this.#proved = provedOf(resumed);
    this.#transcript.forgetMessages();
    const hello = this.#serverHello();
    this.#takeMaster(resumed.master);
    const flight = [hello, ...this.#finishedFlight()];
    this.#expectedHash = this.#transcript.digest();
    this.#phase = "expecting-finished";
    return [this.#keysEffect(), { kind: "send", flight }];
  }

  // ── What is said ───────────────────────────────────────────────────────────────────────────────────────────────

  #serverHello(): FlightStep {
    const body = encodeServerHello({
      version: dtls12,
      random: this.#serverRandom,
      sessionId: this.#sessionId,
      cipherSuite: this.#suite!.id,
      extensions: this.#answeredExtensions(),
    });
    return this.#say(handshakeType.serverHello, body);
  }

  /** Only what the client offered may be answered (RFC 5246 §7.4.1.4). */
  #answeredExtensions(): Extensions {
    const { extensions: offered, cipherSuites } = this.#hello;
    const answered = new Map<number, Uint8Array>();
    if (offered.has(extensionType.renegotiationInfo) || cipherSuites.includes(renegotiationScsv)) {
      answered.set(extensionType.renegotiationInfo, Uint8Array.of(0));
    }
    if (this.#isExtended()) answered.set(extensionType.extendedMasterSecret, noBytes);
    if (this.#theirConnectionId()) {
      const { connectionId } = this.#options;
      answered.set(extensionType.connectionId, Uint8Array.of(connectionId.length, ...connectionId));
    }
    if (this.#suite?.cipher === "aes-128-cbc") answered.set(extensionType.encryptThenMac, noBytes);
    if (this.#certificateTypes) this.#answerAboutCertificates(this.#certificateTypes, answered);
    return answered;
  }

  #answerAboutCertificates(types: CertificateTypes, answered: Map<number, Uint8Array>): void {
    const { extensions: offered } = this.#hello;
    if (offered.has(extensionType.ecPointFormats)) {
      answered.set(extensionType.ecPointFormats, Uint8Array.of(1, uncompressedFormat));
    }
    const { clientCertificateType, serverCertificateType } = extensionType;
    if (offered.has(clientCertificateType)) answered.set(clientCertificateType, answerType(types.client));
    if (offered.has(serverCertificateType)) answered.set(serverCertificateType, answerType(types.server));
  }

  /** What the client wants to be addressed by. With a suite that has no connection ids its wish is passed over. */
  #theirConnectionId(): Uint8Array | undefined {
    return this.#suite?.cipher === "aes-128-cbc" ? undefined : connectionIdIn(this.#hello.extensions);
  }

  #finishedFlight(): FlightStep[] {
    const proof = verifyData(this.#masterKey!, "server", this.#transcript.digest());
    return [{ kind: "change-cipher-spec" }, this.#say(handshakeType.finished, proof, 1)];
  }

  #say(type: number, body: Uint8Array, epoch: 0 | 1 = 0): FlightStep {
    const message = { type, sequence: this.#nextSequence++, body };
    this.#transcript.add(message);
    return { kind: "message", epoch, message };
  }

  // ── What was agreed ────────────────────────────────────────────────────────────────────────────────────────────

  #isExtended(): boolean {
    return this.#hello.extensions.has(extensionType.extendedMasterSecret);
  }

  #takeMaster(master: Uint8Array): void {
    this.#master = master;
    this.#masterKey = createSecretKey(master);
    this.#keys = connectionKeys(this.#masterKey, this.#suite!, {
      client: this.#hello.random,
      server: this.#serverRandom,
    });
  }

  #keysEffect(): HandshakeEffect {
    return { kind: "keys", agreed: this.#agreed() };
  }

  #agreed(): Agreed {
    const theirs = this.#theirConnectionId();
    const connectionIds = theirs && { ours: this.#options.connectionId, theirs: copied(theirs) };
    return { suite: this.#suite!, keys: this.#keys!, connectionIds };
  }

  #established(): Established {
    return {
      ...this.#agreed(),
      ...this.#proved!,
      sessionId: this.#sessionId,
      master: this.#master,
      extendedMasterSecret: this.#isExtended(),
      isResumed: this.#resumed !== undefined,
    };
  }

  #fail(why: HandshakeFailure, alert: AlertDescription): readonly HandshakeEffect[] {
    this.#phase = "over";
    return [{ kind: "failed", why, alert }];
  }
}
