import { createHash } from "node:crypto";
import { joined } from "./bytes.ts";
import { encodeMessage, type HandshakeMessage } from "./handshake-message.ts";

/**
 * The hash over all messages of a handshake, each as if it had come in one piece (RFC 6347 §4.2.6). The first
 * ClientHello and the HelloVerifyRequest are not in it.
 */
export class Transcript {
  readonly #hash = createHash("sha256");
  /** Kept until it is known that nobody will sign them: each is as long as message-assembly.ts lets it be. */
  #messages: Uint8Array[] | undefined = [];

  add(message: HandshakeMessage): void {
    const bytes = encodeMessage(message);
    this.#hash.update(bytes);
    this.#messages?.push(bytes);
  }

  /** The hash so far; more may follow. */
  digest(): Uint8Array {
    return this.#hash.copy().digest();
  }

  /** All messages so far, as a CertificateVerify signs them (RFC 5246 §7.4.8). */
  bytes(): Uint8Array {
    return joined(...(this.#messages ?? []));
  }

  /** Only the hash is needed from here on. */
  forgetMessages(): void {
    this.#messages = undefined;
  }
}
