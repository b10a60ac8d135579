import { timingSafeEqual } from "node:crypto";
import type { PrismaClient } from "@lamplighter/db/generated/client";
import {
  type CredentialPurpose,
  databaseTime,
  dropOldRetired,
  loadCredentials,
  type StoredCredential,
} from "@lamplighter/db/prisma-credential-store";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { SealedBox } from "@lamplighter/runtime/sealed-box";
import { type NoSecRule, whyNotClear } from "./clear-rule.ts";
import { bytesOf, CredentialIndex, isSecureMode, type KnownCredential } from "./credential-index.ts";
import { CredentialWatch } from "./credential-watch.ts";
import { type HandshakeMark, promoteCredential, writeMarks } from "./handshake-marks.ts";
import type { SecurityLog } from "./security-log.ts";

export interface SecurityStoreParts {
  readonly db: PrismaClient;
  /** Locks keys away, under the key-encryption key. */
  readonly box: SealedBox;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  /** Keys are made of it: the system's generator. */
  readonly randomBytes: (count: number) => Uint8Array;
  readonly events: SecurityLog;
  /** The rule of {@link NoSecRule} while nobody set one. */
  readonly usualRule: NoSecRule;
  /** Called when a credential is no longer good: whoever is connected with it must go. */
  readonly onRetired: (credential: KnownCredential) => void;
  /** Called when a light has a key now: what it registered in the clear must go. */
  readonly onSecured: (endpoint: string, purpose: CredentialPurpose) => void;
  /** Called when a light has no key any more: what it registered with one nobody can speak for. */
  readonly onUnsecured: (endpoint: string, purpose: CredentialPurpose) => void;
}

const marksWrittenEvery = seconds(1);
/** After the database took nothing. */
const writtenAgainAfter = seconds(5);

/**
 * The security store: which light proves itself how, in memory for the handshakes and in the database for good.
 *
 * Keys are sealed at rest and bound to their row; one is opened for the moment of a handshake, of a bootstrap, or of the
 * one showing to a person. Nothing here logs a key, and no view holds one.
 */
export class SecurityStore {
  readonly index = new CredentialIndex();
  /** Finds what other processes change. */
  readonly watch: CredentialWatch;
  readonly parts: SecurityStoreParts;
  #rule: NoSecRule | undefined;
  #marks = new Map<string, HandshakeMark>();
  readonly #promoting = new Set<string>();
  #timer: Cancel | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: SecurityStoreParts) {
    this.parts = parts;
    this.watch = new CredentialWatch(parts, this.index, {
      changed: (rows) => this.#apply(rows),
      gone: (credential) => {
        parts.onRetired(credential);
        this.#tellUnsecured(credential);
      },
      look: () => this.#readRule(),
    });
  }

  /** Loads everything, and from then on sees what other processes change. Rejects when the database cannot be read. */
  async load(): Promise<void> {
    const { db } = this.parts;
    const from = await databaseTime(db);
    await this.#readRule();
    for await (const page of loadCredentials(db)) for (const row of page) this.index.apply(row);
    this.watch.start(from);
  }

  /** Writes what is not written yet, and looks no more. */
  async stop(): Promise<void> {
    this.watch.stop();
    await this.flush();
    await this.parts.events.flush();
  }

  /** The key of an identity (RFC 4279 §2); undefined when it has none, or one that does not open. */
  keyOf(purpose: CredentialPurpose, identity: Uint8Array): Uint8Array | undefined {
    const credential = this.index.withIdentity(purpose, identity);
    return credential?.mode === "psk" ? this.openKey(credential) : undefined;
  }

  /** The light that an identity belongs to. */
  endpointOf(purpose: CredentialPurpose, identity: Uint8Array): string | undefined {
    return this.index.withIdentity(purpose, identity)?.endpoint;
  }

  get noSec(): { readonly setting: NoSecRule | null; readonly effective: NoSecRule } {
    return { setting: this.#rule ?? null, effective: this.#rule ?? this.parts.usualRule };
  }

  /** Takes up a rule that was stored. */
  changeRule(rule: NoSecRule | null): void {
    this.#rule = rule ?? undefined;
  }

  /** Why a light may not speak in the clear; undefined when it may. */
  whyNotClear(endpoint: string, purpose: CredentialPurpose = "server"): string | undefined {
    return whyNotClear({ endpoint, purpose }, { index: this.index, rule: this.noSec.effective });
  }

  /** Takes up credentials as they are stored now; whoever is connected with one that is not good any more goes. */
  took(rows: readonly StoredCredential[]): void {
    this.watch.ownChange(rows);
    this.#apply(rows);
  }

  #apply(rows: readonly StoredCredential[]): void {
    const ended: KnownCredential[] = [];
    for (const row of rows) {
      const former = this.index.apply(row);
      const isOther = former !== undefined && (row.state === "retired" || former.sealedKey !== this.#sealedOf(row));
      if (isOther) this.parts.onRetired(former);
      if (isOther) ended.push(former);
      if (row.state === "active" && isSecureMode(row.mode) && former?.state !== "active") {
        this.parts.onSecured(row.endpoint, row.purpose);
      }
    }
    // Not before all is taken up: one that goes is often replaced in the same breath.
    for (const former of ended) this.#tellUnsecured(former);
  }

  #tellUnsecured({ endpoint, purpose, mode }: KnownCredential): void {
    if (isSecureMode(mode) && !this.hasProof(endpoint, purpose)) this.parts.onUnsecured(endpoint, purpose);
  }

  /** Whether there is anything that a light could prove itself with. */
  hasProof(endpoint: string, purpose: CredentialPurpose): boolean {
    return this.index.of(endpoint, purpose).some(({ mode }) => isSecureMode(mode));
  }

  /**
   * A light proved itself. Its first time with a new key ends the old one: only now is it certain that the light has the
   * new one, and from now on whoever found the old one has nothing.
   */
  handshaken(
    purpose: CredentialPurpose,
    identity: Uint8Array,
    { suite, hasConnectionId }: { readonly suite: string; readonly hasConnectionId: boolean },
  ): void {
    const credential = this.index.withIdentity(purpose, identity);
    if (!credential) return;
    const { clock } = this.parts;
    this.#marks.set(credential.id, { id: credential.id, at: clock.now(), suite, hasConnectionId });
    if (credential.state === "pending") this.#promoting.add(credential.id);
    if (credential.state === "pending") void this.flush();
    else this.#timer ??= clock.after(marksWrittenEvery, () => void this.flush());
  }

  /** Writes when lights proved themselves, and promotes new keys. What the database does not take is tried again. */
  flush(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { db, clock, log } = this.parts;
    const marks = this.#marks;
    const promoting = [...this.#promoting];
    this.#marks = new Map();
    this.#promoting.clear();
    try {
      for (const id of promoting) await this.#promote(id);
      await writeMarks(db, [...marks.values()]);
    } catch (error) {
      log.warn("What is known of handshakes could not be written; it is tried again.", { error: String(error) });
      for (const [id, mark] of marks) if (!this.#marks.has(id)) this.#marks.set(id, mark);
      for (const id of promoting) this.#promoting.add(id);
      this.#timer ??= clock.after(writtenAgainAfter, () => void this.flush());
    }
  }

  async #promote(id: string): Promise<void> {
    const { db, clock, events } = this.parts;
    const changed = await promoteCredential(db, id, clock.now());
    if (!changed) return;
    const { promoted, retired } = changed;
    this.took([...retired, promoted]);
    if (retired.length === 0) return;
    const { endpoint } = promoted;
    const detail = `${endpoint} uses its new key now; the old one is good no more.`;
    events.note({ kind: "key-rotated", endpoint, identity: promoted.identity ?? undefined, detail });
    await dropOldRetired(db, [endpoint]);
  }

  /** Seals a key for its row. */
  sealKey(row: Pick<KnownCredential, "id" | "purpose" | "endpoint">, key: Uint8Array): Uint8Array {
    return this.parts.box.seal(key, placeOf(row));
  }

  /** Opens the key of a credential, for the moment that it is needed in. */
  openKey(credential: KnownCredential): Uint8Array | undefined {
    if (credential.sealedKey === undefined) return undefined;
    const key = this.parts.box.open(bytesOf(credential.sealedKey), placeOf(credential));
    if (key) return key;
    const { endpoint } = credential;
    const detail = `The stored key of ${endpoint} does not open: its row was changed, or the master key is another.`;
    this.parts.events.note({ kind: "key-unreadable", endpoint, detail });
    return undefined;
  }

  /** Whether a key is the one of a credential, in a time that says nothing of either. */
  hasKey(credential: KnownCredential, key: Uint8Array): boolean {
    const own = this.openKey(credential);
    return own !== undefined && own.length === key.length && timingSafeEqual(own, key);
  }

  #sealedOf({ sealedKey }: StoredCredential): string | undefined {
    return sealedKey ? Buffer.from(sealedKey).toString("latin1") : undefined;
  }

  async #readRule(): Promise<void> {
    const found = await this.parts.db.installation.findUnique({ where: { id: 1 }, select: { noSec: true } });
    this.changeRule((found?.noSec ?? null) as NoSecRule | null);
  }
}

/** Where a sealed key belongs: moved to another light's row by whoever may write the database, it does not open. */
function placeOf({ id, purpose, endpoint }: Pick<KnownCredential, "id" | "purpose" | "endpoint">): string {
  return `credential:${id}:${purpose}:${endpoint}`;
}
