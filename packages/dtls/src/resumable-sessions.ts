import type { Established, Resumable } from "./established.ts";
import type { DtlsLimits } from "./limits.ts";
import { provedOf } from "./proved.ts";

interface Kept extends Resumable {
  /** Of the secret that it was proved with. */
  readonly proof: Uint8Array;
  readonly keptAt: number;
}

/** The sessions that clients may come back to by their ids, for a while (RFC 5246 §F.1.4: at most a day). */
export class ResumableSessions {
  readonly #options: { readonly limits: DtlsLimits; readonly monotonic: () => number };
  /** The oldest comes first. */
  readonly #byId = new Map<string, Kept>();
  readonly #idOfIdentity = new Map<string, string>();

  constructor(options: { readonly limits: DtlsLimits; readonly monotonic: () => number }) {
    this.#options = options;
  }

  /** `proof` tells later whether its identity still has the secret that it was proved with. */
  keep(established: Established, proof: Uint8Array): void {
    const { sessionId, suite, identity, master, extendedMasterSecret, isResumed } = established;
    if (sessionId.length === 0 || isResumed) return;
    // Without the extended master secret a resumption can be relayed (RFC 7627 §5.3, §6.1).
    if (!extendedMasterSecret) return;
    this.forget(identity);
    const { limits, monotonic } = this.#options;
    if (this.#byId.size >= limits.resumableMax) {
      const [oldest] = this.#byId.keys();
      if (oldest !== undefined) this.#remove(oldest);
    }
    const id = text(sessionId);
    this.#byId.set(id, { ...provedOf(established), suite, master, extendedMasterSecret, proof, keptAt: monotonic() });
    this.#idOfIdentity.set(text(identity), id);
  }

  find(sessionId: Uint8Array): (Resumable & { readonly proof: Uint8Array }) | undefined {
    const id = text(sessionId);
    const kept = this.#byId.get(id);
    if (!kept) return undefined;
    const { limits, monotonic } = this.#options;
    if (monotonic() - kept.keptAt < limits.resumableFor) return kept;
    this.#remove(id);
    return undefined;
  }

  forget(identity: Uint8Array): void {
    const id = this.#idOfIdentity.get(text(identity));
    if (id !== undefined) this.#remove(id);
  }

  forgetSession(sessionId: Uint8Array): void {
    this.#remove(text(sessionId));
  }

  #remove(id: string): void {
    const kept = this.#byId.get(id);
    if (!kept) return;
    this.#byId.delete(id);
    if (this.#idOfIdentity.get(text(kept.identity)) === id) this.#idOfIdentity.delete(text(kept.identity));
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
