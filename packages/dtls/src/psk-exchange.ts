import { alertDescription } from "./alert.ts";
import { ByteReader } from "./byte-reader.ts";
import { copied, vectorBytes } from "./bytes.ts";
import { type HandshakeMessage, handshakeType } from "./handshake-message.ts";
import type { ClientAnswer, ClientKeyExchange, ExchangeStep, Saying, ServerKeyExchange } from "./key-exchange.ts";
import { pskPremasterSecret } from "./key-schedule.ts";

/** A pre-shared key identity may have this many bytes; we take all of them, whatever they are (RFC 4279 §2, §5.3). */
export const identityBytesMax = 128;

/** The identity in a ClientKeyExchange with a plain pre-shared key (RFC 4279 §2). Throws {@link MalformedRecord}. */
export function decodePskIdentity(body: Uint8Array): Uint8Array {
  const reader = new ByteReader(body);
  const identity = reader.vector(2, "identity", { max: identityBytesMax });
  reader.end("after the identity");
  return identity;
}

export function encodePskIdentity(identity: Uint8Array): Uint8Array {
  return vectorBytes(identity, 2);
}

const unexpected: ExchangeStep = {
  kind: "failed",
  why: "unexpected-message",
  alert: alertDescription.unexpectedMessage,
};

/** The server's part with a plain pre-shared key: one message, the client's identity (RFC 4279 §2). */
export class ServerPskExchange implements ServerKeyExchange {
  readonly #keyOf: (identity: Uint8Array) => Uint8Array | undefined;
  claimed: Uint8Array | undefined;

  constructor(keyOf: (identity: Uint8Array) => Uint8Array | undefined) {
    this.#keyOf = keyOf;
  }

  opening(): readonly Saying[] {
    return [];
  }

  receive({ type, body }: HandshakeMessage): ExchangeStep {
    if (type !== handshakeType.clientKeyExchange) return unexpected;
    const identity = copied(decodePskIdentity(body));
    this.claimed = identity;
    const key = this.#keyOf(identity);
    if (!key) return { kind: "failed", why: "unknown-identity", alert: alertDescription.unknownPskIdentity };
    return { kind: "secret", premaster: pskPremasterSecret(key), proved: { identity, credential: "psk" } };
  }
}

/** The client's part of the same. */
export class ClientPskExchange implements ClientKeyExchange {
  readonly #own: { readonly identity: Uint8Array; readonly key: Uint8Array };

  constructor(own: { readonly identity: Uint8Array; readonly key: Uint8Array }) {
    this.#own = own;
  }

  receive({ type }: HandshakeMessage): ExchangeStep {
    // A hint of the identity to use (RFC 4279 §5.2), which we have no use for.
    return type === handshakeType.serverKeyExchange ? { kind: "more" } : unexpected;
  }

  answer(): ClientAnswer {
    const { identity, key } = this.#own;
    return {
      kind: "answer",
      sayings: [{ type: handshakeType.clientKeyExchange, body: encodePskIdentity(identity) }],
      premaster: pskPremasterSecret(key),
      proved: { identity, credential: "psk" },
      afterwards: () => [],
    };
  }
}
