import type {
  CredentialMode,
  CredentialPurpose,
  CredentialState,
  StoredCredential,
} from "@lamplighter/db/prisma-credential-store";

/**
 * A credential in memory. Bytes are kept as strings of one byte a character, which weigh a quarter of an array of their
 * own; the key stays sealed until it is needed.
 */
export interface KnownCredential {
  readonly id: string;
  readonly endpoint: string;
  readonly purpose: CredentialPurpose;
  readonly mode: CredentialMode;
  readonly state: Exclude<CredentialState, "retired">;
  readonly identity: string | undefined;
  readonly sealedKey: string | undefined;
}

/** Whether a mode proves who a light is. */
export const isSecureMode = (mode: CredentialMode): boolean => mode !== "no-sec";

/** Bytes as a string of one byte a character, which may be a key of a map. */
export const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
export const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");

/** Whose credentials are whose, for the moment in which a light says who it is: nothing here waits for the database. */
export class CredentialIndex {
  readonly #byId = new Map<string, KnownCredential>();
  readonly #byIdentity = { server: new Map<string, KnownCredential>(), bootstrap: new Map<string, KnownCredential>() };
  readonly #byEndpoint = {
    server: new Map<string, readonly KnownCredential[]>(),
    bootstrap: new Map<string, readonly KnownCredential[]>(),
  };
  #waiting = 0;

  get size(): number {
    return this.#byId.size;
  }

  /** New keys that wait for their first use. */
  get waiting(): number {
    return this.#waiting;
  }

  named(id: string): KnownCredential | undefined {
    return this.#byId.get(id);
  }

  ids(): IterableIterator<string> {
    return this.#byId.keys();
  }

  /** Takes a credential as it is stored now; a retired one goes. Returns what was known of it before. */
  apply(row: StoredCredential): KnownCredential | undefined {
    const former = this.remove(row.id);
    if (row.state === "retired") return former;
    const { id, endpoint, purpose, mode, state } = row;
    const credential: KnownCredential = {
      ...{ id, endpoint, purpose, mode, state },
      identity: row.identity ? textOf(row.identity) : undefined,
      sealedKey: row.sealedKey ? textOf(row.sealedKey) : undefined,
    };
    this.#byId.set(id, credential);
    if (state === "pending") this.#waiting++;
    if (credential.identity !== undefined) this.#byIdentity[purpose].set(credential.identity, credential);
    this.#byEndpoint[purpose].set(endpoint, [...this.of(endpoint, purpose), credential]);
    return former;
  }

  /** Forgets a credential, and returns it if it was known. */
  remove(id: string): KnownCredential | undefined {
    const former = this.#byId.get(id);
    if (!former) return undefined;
    const { identity, purpose, endpoint } = former;
    this.#byId.delete(id);
    if (former.state === "pending") this.#waiting--;
    if (identity !== undefined && this.#byIdentity[purpose].get(identity) === former) {
      this.#byIdentity[purpose].delete(identity);
    }
    const others = this.of(endpoint, purpose).filter((other) => other.id !== id);
    if (others.length > 0) this.#byEndpoint[purpose].set(endpoint, others);
    else this.#byEndpoint[purpose].delete(endpoint);
    return former;
  }

  withIdentity(purpose: CredentialPurpose, identity: Uint8Array): KnownCredential | undefined {
    return this.#byIdentity[purpose].get(textOf(identity));
  }

  /** What a light has for a purpose: an active credential, a pending one, or both. */
  of(endpoint: string, purpose: CredentialPurpose): readonly KnownCredential[] {
    return this.#byEndpoint[purpose].get(endpoint) ?? [];
  }

  active(endpoint: string, purpose: CredentialPurpose): KnownCredential | undefined {
    return this.of(endpoint, purpose).find(({ state }) => state === "active");
  }

  pending(endpoint: string, purpose: CredentialPurpose): KnownCredential | undefined {
    return this.of(endpoint, purpose).find(({ state }) => state === "pending");
  }
}
