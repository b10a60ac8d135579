import type { AlertDescription } from "./alert.ts";
import type { HandshakeFailure, Proved } from "./established.ts";
import type { HandshakeMessage } from "./handshake-message.ts";

/** What one message of a key exchange came to. */
export type ExchangeStep =
  /** The next is awaited. */
  | { readonly kind: "more" }
  /** With this message, which is hashed too, both have the premaster secret (RFC 7627 §3). */
  | { readonly kind: "secret"; readonly premaster: Uint8Array; readonly proved?: Proved }
  /** The peer proved who it is, after the secret. */
  | { readonly kind: "proved"; readonly proved: Proved }
  | { readonly kind: "failed"; readonly why: HandshakeFailure; readonly alert: AlertDescription };

/** A message that is to be said, without its number. */
export interface Saying {
  readonly type: number;
  readonly body: Uint8Array;
}

/** The randoms of both hellos, which a server's key share is signed together with. */
export interface HelloRandoms {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** The server's part between the hellos and Finished, which differs from suite to suite. Knows nothing of hashes and numbers. */
export interface ServerKeyExchange {
  /** Who the client says it is, once it has. */
  readonly claimed: Uint8Array | undefined;
  /** What is said between ServerHello and ServerHelloDone. */
  opening(): readonly Saying[];
  /** `heard` gives all messages of the handshake before this one, as they are hashed. Throws {@link MalformedRecord}. */
  receive(message: HandshakeMessage, heard: () => Uint8Array): ExchangeStep;
}

/** What a client says after ServerHelloDone. */
export interface ClientAnswer {
  readonly kind: "answer";
  /** Up to ClientKeyExchange. */
  readonly sayings: readonly Saying[];
  readonly premaster: Uint8Array;
  readonly proved: Proved;
  /** What follows; it may sign all messages so far. */
  readonly afterwards: (heard: () => Uint8Array) => readonly Saying[];
}

/** The client's part of the same. */
export interface ClientKeyExchange {
  /** A message between ServerHello and ServerHelloDone. Throws {@link MalformedRecord}. */
  receive(message: HandshakeMessage): ExchangeStep;
  answer(): ClientAnswer | Extract<ExchangeStep, { kind: "failed" }>;
}
