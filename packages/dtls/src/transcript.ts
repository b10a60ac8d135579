import { createHash } from "node:crypto";
import { encodeMessage, type HandshakeMessage } from "./handshake-message.ts";

/**
 * The hash over all messages of a handshake, each as if it had come in one piece (RFC 6347 §4.2.6). The first
 * ClientHello and the HelloVerifyRequest are not in it.
 */
export class Transcript {
  readonly #hash = createHash("sha256");

  add(message: HandshakeMessage): void {
    this.#hash.update(encodeMessage(message));
  }

  /** The hash so far; more may follow. */
  digest(): Uint8Array {
    return this.#hash.copy().digest();
  }
}
