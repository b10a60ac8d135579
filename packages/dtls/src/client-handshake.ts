import { createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { type AlertDescription, alertDescription } from "./alert.ts";
import { copied, noBytes } from "./bytes.ts";
import { type CipherSuite, suiteById } from "./cipher-suite.ts";
import type {
  Agreed,
  FlightStep,
  HandshakeEffect,
  HandshakeFailure,
  HandshakeMachine,
  Resumable,
} from "./established.ts";
import { connectionIdIn, type Extensions, extensionType } from "./extension.ts";
import { type HandshakeMessage, handshakeType } from "./handshake-message.ts";
import {
  decodeHelloVerifyRequest,
  decodeServerHello,
  encodeClientHello,
  randomBytesCount,
  renegotiationScsv,
  type ServerHello,
} from "./hello.ts";
import { encodePskIdentity } from "./key-exchange.ts";
import { type ConnectionKeys, connectionKeys, masterSecret, pskPremasterSecret, verifyData } from "./key-schedule.ts";
import { dtls12 } from "./record.ts";
import { Transcript } from "./transcript.ts";

export interface ClientHandshakeOptions {
  readonly suites: readonly CipherSuite[];
  readonly identity: Uint8Array;
  readonly key: Uint8Array;
  readonly randomBytes: (count: number) => Uint8Array;
  /** How the server is to address us; empty to address it by its id only; undefined to do without (RFC 9146 §3). */
  readonly connectionId: Uint8Array | undefined;
  readonly offersExtendedMasterSecret?: boolean;
  /** A connection from before that may be resumed. */
  readonly resume?: { readonly sessionId: Uint8Array; readonly session: Resumable };
}

type Phase = "expecting-hello" | "expecting-hello-done" | "expecting-finished" | "over";

/** The client's side of one handshake with a pre-shared key: what a light says to {@link ServerHandshake}. */
export class ClientHandshake implements HandshakeMachine {
  readonly #options: ClientHandshakeOptions;
  readonly #random: Uint8Array;
  readonly #transcript = new Transcript();
  #phase: Phase = "over";
  #nextSequence = 0;
  #helloMessage: HandshakeMessage | undefined;
  #serverHello: ServerHello | undefined;
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
      if (this.#phase === "expecting-hello-done" && type === handshakeType.serverKeyExchange) {
        // A hint of the identity to use (RFC 4279 §5.2), which we have no use for.
        this.#transcript.add(message);
        return [];
      }
      if (this.#phase === "expecting-hello-done" && type === handshakeType.serverHelloDone) {
        return this.#exchangeKeys(message);
      }
      if (this.#phase === "expecting-finished" && type === handshakeType.finished) return this.#finish(message);
    }
    return this.#fail("unexpected-message", alertDescription.unexpectedMessage);
  }

  #sayHello(cookie: Uint8Array): HandshakeEffect {
    const { suites, connectionId, offersExtendedMasterSecret = true, resume } = this.#options;
    const extensions = new Map<number, Uint8Array>();
    if (offersExtendedMasterSecret) extensions.set(extensionType.extendedMasterSecret, noBytes);
    if (connectionId) extensions.set(extensionType.connectionId, Uint8Array.of(connectionId.length, ...connectionId));
    const body = encodeClientHello({
      version: dtls12,
      random: this.#random,
      sessionId: resume?.sessionId ?? noBytes,
      cookie,
      cipherSuites: [...suites.map(({ id }) => id), renegotiationScsv],
      compressionMethods: Uint8Array.of(0),
      extensions,
    });
    // The hello before a cookie is not part of what Finished proves (RFC 6347 §4.2.1), so it is hashed when answered.
    this.#helloMessage = { type: handshakeType.clientHello, sequence: this.#nextSequence++, body };
    return { kind: "send", flight: [{ kind: "message", epoch: 0, message: this.#helloMessage }] };
  }

  #hear(message: HandshakeMessage): readonly HandshakeEffect[] {
    const hello = decodeServerHello(message.body);
    const { suites, resume } = this.#options;
    this.#serverHello = { ...hello, random: copied(hello.random) };
    this.#suite = suiteById(hello.cipherSuite, suites);
    if (hello.version !== dtls12) return this.#fail("version", alertDescription.protocolVersion);
    if (!this.#suite || !this.#answersOnlyOffers(hello.extensions)) {
      return this.#fail("no-common-suite", alertDescription.illegalParameter);
    }
    this.#transcript.add(this.#helloMessage!);
    this.#transcript.add(message);
    this.#isResumed = resume !== undefined && Buffer.compare(hello.sessionId, resume.sessionId) === 0;
    if (!this.#isResumed) {
      this.#phase = "expecting-hello-done";
      return [];
    }
    this.#takeMaster(resume!.session.master);
    this.#phase = "expecting-finished";
    return [this.#keysEffect()];
  }

  #exchangeKeys(message: HandshakeMessage): readonly HandshakeEffect[] {
    const { identity, key } = this.#options;
    this.#transcript.add(message);
    const exchange = this.#say(handshakeType.clientKeyExchange, encodePskIdentity(identity));
    const seed = this.#isExtended()
      ? ({ kind: "extended", sessionHash: this.#transcript.digest() } as const)
      : ({ kind: "randoms", client: this.#random, server: this.#serverHello!.random } as const);
    this.#takeMaster(masterSecret(pskPremasterSecret(key), seed));
    this.#phase = "expecting-finished";
    return [this.#keysEffect(), { kind: "send", flight: [exchange, ...this.#finishedFlight()] }];
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
        identity: this.#options.identity,
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

  #answersOnlyOffers(extensions: Extensions): boolean {
    const { connectionId, offersExtendedMasterSecret = true } = this.#options;
    const offered = new Set<number>([extensionType.renegotiationInfo]);
    if (offersExtendedMasterSecret) offered.add(extensionType.extendedMasterSecret);
    if (connectionId) offered.add(extensionType.connectionId);
    return [...extensions.keys()].every((type) => offered.has(type));
  }

  #takeMaster(master: Uint8Array): void {
    this.#master = master;
    this.#masterKey = createSecretKey(master);
    this.#keys = connectionKeys(this.#masterKey, { client: this.#random, server: this.#serverHello!.random });
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
