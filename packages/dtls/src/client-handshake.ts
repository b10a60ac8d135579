import { createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { type AlertDescription, alertDescription } from "./alert.ts";
import { copied, noBytes, numberBytes, vectorBytes } from "./bytes.ts";
import { answeredType, offeredTypes } from "./certificate-type.ts";
import { acceptedTypes, type CheckedCertificates, shownTypes } from "./certificates.ts";
import { type CipherSuite, suiteById } from "./cipher-suite.ts";
import { ClientEcdheExchange } from "./client-ecdhe-exchange.ts";
import { ecdsaSecp256r1Sha256, secp256r1 } from "./elliptic-curve.ts";
import type {
  Agreed,
  FlightStep,
  HandshakeEffect,
  HandshakeFailure,
  HandshakeMachine,
  Proved,
  Resumable,
} from "./established.ts";
import { connectionIdIn, type Extensions, extensionType, renegotiatesNothing } from "./extension.ts";
import { type HandshakeMessage, handshakeType } from "./handshake-message.ts";
import {
  decodeHelloVerifyRequest,
  decodeServerHello,
  encodeClientHello,
  randomBytesCount,
  renegotiationScsv,
  type ServerHello,
} from "./hello.ts";
import type { ClientKeyExchange } from "./key-exchange.ts";
import { type ConnectionKeys, connectionKeys, masterSecret, verifyData } from "./key-schedule.ts";
import { provedOf } from "./proved.ts";
import { ClientPskExchange } from "./psk-exchange.ts";
import { dtls12 } from "./record.ts";
import { uncompressedFormat } from "./suite-choice.ts";
import { Transcript } from "./transcript.ts";

export interface ClientHandshakeOptions {
  /** Those that it has something to prove itself with for. */
  readonly suites: readonly CipherSuite[];
  readonly preShared?: { readonly identity: Uint8Array; readonly key: Uint8Array } | undefined;
  readonly certificates?: CheckedCertificates | undefined;
  readonly randomBytes: (count: number) => Uint8Array;
  /** How the server is to address us; empty to address it by its id only; undefined to do without (RFC 9146 §3). */
  readonly connectionId: Uint8Array | undefined;
  readonly offersExtendedMasterSecret?: boolean;
  /** A connection from before that may be resumed. */
  readonly resume?: { readonly sessionId: Uint8Array; readonly session: Resumable };
}

type Phase = "expecting-hello" | "expecting-hello-done" | "expecting-finished" | "over";

/** The client's side of one handshake with a pre-shared key or certificates: what a light says to {@link ServerHandshake}. */
export class ClientHandshake implements HandshakeMachine {
  readonly #options: ClientHandshakeOptions;
  readonly #random: Uint8Array;
  readonly #transcript = new Transcript();
  #phase: Phase = "over";
  #nextSequence = 0;
  #helloMessage: HandshakeMessage | undefined;
  #offered: Extensions = new Map();
  #serverHello: ServerHello | undefined;
  #exchange: ClientKeyExchange | undefined;
  #proved: Proved | undefined;
  #suite: CipherSuite | undefined;
  #isResumed = false;
  #master: Uint8Array = noBytes;
  #masterKey: KeyObject | undefined;
  #keys: ConnectionKeys | undefined;

  constructor(options: ClientHandshakeOptions) {
    this.#options = options;
    this.#random = options.randomBytes(randomBytesCount);
  }

  get identity(): undefined {
    return undefined;
  }

  begin(): readonly HandshakeEffect[] {
    this.#phase = "expecting-hello";
    return [this.#sayHello(noBytes)];
  }

  receive(message: HandshakeMessage, epoch: number): readonly HandshakeEffect[] {
    const { type } = message;
    const due = type === handshakeType.finished ? 1 : 0;
    if (epoch === due) {
      if (this.#phase === "expecting-hello" && type === handshakeType.helloVerifyRequest) {
        return [this.#sayHello(copied(decodeHelloVerifyRequest(message.body)))];
      }
      if (this.#phase === "expecting-hello" && type === handshakeType.serverHello) return this.#hear(message);
      if (this.#phase === "expecting-hello-done") {
        return type === handshakeType.serverHelloDone ? this.#exchangeKeys(message) : this.#hearOfKeys(message);
      }
      if (this.#phase === "expecting-finished" && type === handshakeType.finished) return this.#finish(message);
    }
    return this.#fail("unexpected-message", alertDescription.unexpectedMessage);
  }

  #sayHello(cookie: Uint8Array): HandshakeEffect {
    const { suites, resume } = this.#options;
    this.#offered = this.#offeredExtensions();
    const body = encodeClientHello({
      version: dtls12,
      random: this.#random,
      sessionId: resume?.sessionId ?? noBytes,
      cookie,
      cipherSuites: [...suites.map(({ id }) => id), renegotiationScsv],
      compressionMethods: Uint8Array.of(0),
      extensions: this.#offered,
    });
    // The hello before a cookie is not part of what Finished proves (RFC 6347 §4.2.1), so it is hashed when answered.
    this.#helloMessage = { type: handshakeType.clientHello, sequence: this.#nextSequence++, body };
    return { kind: "send", flight: [{ kind: "message", epoch: 0, message: this.#helloMessage }] };
  }

  #offeredExtensions(): Extensions {
    const { suites, certificates, connectionId, offersExtendedMasterSecret = true } = this.#options;
    const offered = new Map<number, Uint8Array>();
    if (offersExtendedMasterSecret) offered.set(extensionType.extendedMasterSecret, noBytes);
    if (connectionId) offered.set(extensionType.connectionId, Uint8Array.of(connectionId.length, ...connectionId));
    if (suites.some(({ cipher }) => cipher === "aes-128-cbc")) offered.set(extensionType.encryptThenMac, noBytes);
    if (!certificates) return offered;
    offered.set(extensionType.supportedGroups, vectorBytes(numberBytes(secp256r1, 2), 2));
    offered.set(extensionType.ecPointFormats, vectorBytes(Uint8Array.of(uncompressedFormat), 1));
    offered.set(extensionType.signatureAlgorithms, vectorBytes(numberBytes(ecdsaSecp256r1Sha256, 2), 2));
    offered.set(extensionType.clientCertificateType, offeredTypes(shownTypes(certificates)));
    offered.set(extensionType.serverCertificateType, offeredTypes(acceptedTypes(certificates)));
    return offered;
  }

  #hear(message: HandshakeMessage): readonly HandshakeEffect[] {
    const hello = decodeServerHello(message.body);
    const { suites, resume } = this.#options;
    this.#serverHello = { ...hello, random: copied(hello.random) };
    this.#suite = suiteById(hello.cipherSuite, suites);
    if (hello.version !== dtls12) return this.#fail("version", alertDescription.protocolVersion);
    if (!this.#suite || !this.#answersWell(hello.extensions, this.#suite)) {
      return this.#fail("no-common-suite", alertDescription.illegalParameter);
    }
    this.#transcript.add(this.#helloMessage!);
    this.#transcript.add(message);
    this.#isResumed = resume !== undefined && Buffer.compare(hello.sessionId, resume.sessionId) === 0;
    if (!this.#isResumed) return this.#expectKeys(this.#suite);
    const { suite, extendedMasterSecret } = resume!.session;
    // A session goes on as what it was, or not at all (RFC 5246 §7.4.1.3, RFC 7627 §5.3).
    if (suite.id !== this.#suite.id || extendedMasterSecret !== this.#isExtended()) {
      return this.#fail("no-common-suite", alertDescription.illegalParameter);
    }
    this.#proved = provedOf(resume!.session);
    this.#transcript.forgetMessages();
    this.#takeMaster(resume!.session.master);
    this.#phase = "expecting-finished";
    return [this.#keysEffect()];
  }

  #expectKeys({ keyExchange }: CipherSuite): readonly HandshakeEffect[] {
    const { preShared, certificates } = this.#options;
    const { extensions, random } = this.#serverHello!;
    if (keyExchange === "psk") {
      if (!preShared) return this.#fail("no-common-suite", alertDescription.illegalParameter);
      this.#exchange = new ClientPskExchange(preShared);
    } else {
      const client = certificates && answeredType(extensions, "client", shownTypes(certificates));
      const server = certificates && answeredType(extensions, "server", acceptedTypes(certificates));
      if (!client || !server) return this.#fail("no-certificate", alertDescription.unsupportedCertificate);
      this.#exchange = new ClientEcdheExchange(
        certificates,
        { client, server },
        { client: this.#random, server: random },
      );
    }
    this.#phase = "expecting-hello-done";
    return [];
  }

  #hearOfKeys(message: HandshakeMessage): readonly HandshakeEffect[] {
    const step = this.#exchange!.receive(message);
    if (step.kind === "failed") return this.#fail(step.why, step.alert);
    this.#transcript.add(message);
    return [];
  }

  #exchangeKeys(message: HandshakeMessage): readonly HandshakeEffect[] {
    const answer = this.#exchange!.answer();
    if (answer.kind === "failed") return this.#fail(answer.why, answer.alert);
    this.#proved = answer.proved;
    this.#transcript.add(message);
    const said = answer.sayings.map(({ type, body }) => this.#say(type, body));
    const seed = this.#isExtended()
      ? ({ kind: "extended", sessionHash: this.#transcript.digest() } as const)
      : ({ kind: "randoms", client: this.#random, server: this.#serverHello!.random } as const);
    this.#takeMaster(masterSecret(answer.premaster, seed));
    answer.premaster.fill(0);
    const proofs = answer.afterwards(() => this.#transcript.bytes());
    said.push(...proofs.map(({ type, body }) => this.#say(type, body)));
    this.#transcript.forgetMessages();
    this.#phase = "expecting-finished";
    return [this.#keysEffect(), { kind: "send", flight: [...said, ...this.#finishedFlight()] }];
  }

  #finish(message: HandshakeMessage): readonly HandshakeEffect[] {
    const proof = verifyData(this.#masterKey!, "server", this.#transcript.digest());
    if (message.body.length !== proof.length || !timingSafeEqual(message.body, proof)) {
      return this.#fail("wrong-finished", alertDescription.decryptError);
    }
    this.#transcript.add(message);
    this.#phase = "over";
    const established = {
      kind: "established",
      established: {
        ...this.#agreed(),
        ...this.#proved!,
        sessionId: copied(this.#serverHello!.sessionId),
        master: this.#master,
        extendedMasterSecret: this.#isExtended(),
        isResumed: this.#isResumed,
      },
    } as const;
    return this.#isResumed ? [{ kind: "send", flight: this.#finishedFlight() }, established] : [established];
  }

  #finishedFlight(): FlightStep[] {
    const proof = verifyData(this.#masterKey!, "client", this.#transcript.digest());
    return [{ kind: "change-cipher-spec" }, this.#say(handshakeType.finished, proof, 1)];
  }

  #say(type: number, body: Uint8Array, epoch: 0 | 1 = 0): FlightStep {
    const message = { type, sequence: this.#nextSequence++, body };
    this.#transcript.add(message);
    return { kind: "message", epoch, message };
  }

  #isExtended(): boolean {
    return this.#serverHello!.extensions.has(extensionType.extendedMasterSecret);
  }

  /** A server answers only what was offered (RFC 5246 §7.4.1.4), and this suite only with what makes it safe. */
  #answersWell(answered: Extensions, { cipher }: CipherSuite): boolean {
    const isOffered = (type: number) => type === extensionType.renegotiationInfo || this.#offered.has(type);
    const isCbc = cipher === "aes-128-cbc";
    if (isCbc && (!answered.has(extensionType.encryptThenMac) || answered.has(extensionType.connectionId)))
      return false;
    return renegotiatesNothing(answered) && [...answered.keys()].every(isOffered);
  }

  #takeMaster(master: Uint8Array): void {
    this.#master = master;
    this.#masterKey = createSecretKey(master);
    this.#keys = connectionKeys(this.#masterKey, this.#suite!, {
      client: this.#random,
      server: this.#serverHello!.random,
    });
  }

  #keysEffect(): HandshakeEffect {
    return { kind: "keys", agreed: this.#agreed() };
  }

  #agreed(): Agreed {
    const theirs = connectionIdIn(this.#serverHello!.extensions);
    const ours = this.#options.connectionId;
    return {
      suite: this.#suite!,
      keys: this.#keys!,
      connectionIds: theirs && ours && { ours, theirs: copied(theirs) },
    };
  }

  #fail(why: HandshakeFailure, alert: AlertDescription): readonly HandshakeEffect[] {
    this.#phase = "over";
    return [{ kind: "failed", why, alert }];
  }
}
