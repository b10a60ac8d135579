import { noBytes } from "./bytes.ts";
import type { Proved } from "./established.ts";
import type { DtlsServerOptions } from "./server-options.ts";
import { proofDigest } from "./session-sealing.ts";

/**
 * Tells whether a peer still has what it once proved itself with: keys are changed and taken away while sessions that may
 * be resumed, and connections that outlive a restart, stand. Only digests are kept of what was proved with.
 */
export class PeerSecrets {
  readonly #options: Pick<DtlsServerOptions, "keyOf" | "certificates">;

  constructor(options: Pick<DtlsServerOptions, "keyOf" | "certificates">) {
    this.#options = options;
  }

  /** A digest of what a peer has now; of no bytes for one that has nothing any more. */
  proofOf(proved: Proved): Uint8Array {
    return proofDigest(this.#secretOf(proved));
  }

  /** Whether what a peer has now is what `proof` was made of. Digests are compared, which nobody outside chooses. */
  stillProves(proved: Proved, proof: Uint8Array): boolean {
    return proof.length > 0 && Buffer.compare(proof, this.proofOf(proved)) === 0;
  }

  /** What an identity has to have for its connection to go on; undefined once that was taken away. */
  #secretOf({ identity, credential, publicKeyDigest = noBytes }: Proved): Uint8Array | undefined {
    const { keyOf, certificates } = this.#options;
    if (credential === "psk") return keyOf(identity);
    const isRemembered = certificates && (certificates.remembers?.(identity, publicKeyDigest) ?? true);
    return isRemembered ? identity : undefined;
  }
}
