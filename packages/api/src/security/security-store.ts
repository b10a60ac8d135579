import { timingSafeEqual } from "node:crypto";
import type { PrismaClient } from "@lamplighter/db/generated/client";
import {
  type CredentialChange,
  type CredentialPurpose,
  changedCredentials,
  credentialPurposes,
  credentialsInUse,
  credentialsNamed,
  databaseTime,
  dropOldRetired,
  loadCredentials,
  type StoredCredential,
} from "@lamplighter/db/prisma-credential-store";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { type Duration, milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { SealedBox } from "@lamplighter/runtime/sealed-box";
import { type NoSecRule, whyNotClear } from "./clear-rule.ts";
import { bytesOf, CredentialIndex, isSecureMode, type KnownCredential } from "./credential-index.ts";
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

/** How often changes that another process made are looked for. */
export const polledEvery = seconds(5);
/** Looks that strangers bring about are so far apart: each costs the database. */
const looksApart = seconds(1);
/** Changes are looked for from so long before the last look: clocks of two machines differ, and a commit takes its time. */
const pollOverlap = minutes(2);
/**
 * Each so many looks all credentials are gone through: the clock of who wrote may be off by more than {@link pollOverlap},
 * and rows may be gone. A key that was taken away is so good for a minute at most, whatever is wrong.
 */
export const looksPerWhole = 12;
const marksWrittenEvery = seconds(1);

/**
 * The security store: which light proves itself how, in memory for the handshakes and in the database for good.
 *
 * Keys are sealed at rest and bound to their row; one is opened for the moment of a handshake, of a bootstrap, or of the
 * one showing to a person. Nothing here logs a key, and no view holds one.
 */
export class SecurityStore {
  readonly index = new CredentialIndex();
  readonly parts: SecurityStoreParts;
  #rule: NoSecRule | undefined;
  #marks = new Map<string, HandshakeMark>();
  readonly #promoting = new Set<string>();
  #timer: Cancel | undefined;
  #poll: Cancel | undefined;
  /** By the database's clock. */
  #polledAt = new Date(0);
  #looks = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isLooking = false;
  #isAskedFor = false;
  /** For each look under way, what this process changed itself since it began: what was read may be from before. */
  readonly #touched = new Set<Set<string>>();
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: SecurityStoreParts) {
    this.parts = parts;
  }

  /** Loads everything, and from then on sees what other processes change. Rejects when the database cannot be read. */
  async load(): Promise<void> {
    const { db } = this.parts;
    this.#polledAt = await databaseTime(db);
    await this.#readRule();
    for await (const page of loadCredentials(db)) for (const row of page) this.index.apply(row);
    this.#lookLater(polledEvery);
  }

  /** Writes what is not written yet, and looks no more. */
  async stop(): Promise<void> {
    this.#poll?.();
    this.#poll = undefined;
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
    for (const touched of this.#touched) for (const { id } of rows) touched.add(id);
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
      this.#timer ??= clock.after(polledEvery, () => void this.flush());
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

  /** Looks for what other processes changed. */
  poll(): Promise<void> {
    return this.#looking((touched) => this.#pollFor(touched));
  }

  async #pollFor(touched: ReadonlySet<string>): Promise<void> {
    const { db } = this.parts;
    const isWhole = ++this.#looks % looksPerWhole === 0;
    const now = await databaseTime(db);
    if (isWhole) await this.#lookAtAll(touched);
    else {
      const since = new Date(this.#polledAt.getTime() - pollOverlap);
      for await (const page of changedCredentials(db, since)) await this.#takeUp(page, touched);
    }
    this.#polledAt = now;
    await this.#readRule();
  }

  /** Looks for what other processes changed of one light: one query, for what must not be decided on what was true seconds ago. */
  lookAt(endpoint: string): Promise<void> {
    return this.#looking((touched) => this.#lookAtOne(endpoint, touched));
  }

  async #looking(look: (touched: ReadonlySet<string>) => Promise<void>): Promise<void> {
    const touched = new Set<string>();
    this.#touched.add(touched);
    try {
      await look(touched);
    } finally {
      this.#touched.delete(touched);
    }
  }

  async #lookAtOne(endpoint: string, touched: ReadonlySet<string>): Promise<void> {
    const there = await this.parts.db.credential.findMany({
      where: { endpoint, state: { not: "retired" } },
      select: { id: true, state: true },
    });
    const ids = new Set(there.map(({ id }) => id));
    const gone = credentialPurposes
      .flatMap((purpose) => [this.index.active(endpoint, purpose), this.index.pending(endpoint, purpose)])
      .flatMap((known) =>
        known === undefined || ids.has(known.id) ? [] : [{ id: known.id, state: "retired" as const }],
      );
    await this.#takeUp([...(there as CredentialChange[]), ...gone], touched);
  }

  async #lookAtAll(touched: ReadonlySet<string>): Promise<void> {
    const there = new Set<string>();
    for await (const page of credentialsInUse(this.parts.db)) {
      for (const { id } of page) there.add(id);
      await this.#takeUp(page, touched);
    }
    const missing = [...this.index.ids()].filter((id) => !there.has(id) && !touched.has(id));
    await this.#takeUp(
      missing.map((id) => ({ id, state: "retired" })),
      touched,
    );
  }

  /** Reads what is not as it is known. One that is not there any more is as good as retired. */
  async #takeUp(changes: readonly CredentialChange[], touched: ReadonlySet<string>): Promise<void> {
    const ids = changes.filter((change) => !this.#isKnown(change)).map(({ id }) => id);
    if (ids.length === 0) return;
    const rows = (await credentialsNamed(this.parts.db, ids)).filter(({ id }) => !touched.has(id));
    this.#apply(rows);
    const found = new Set(rows.map(({ id }) => id));
    for (const id of ids) {
      const gone = found.has(id) || touched.has(id) ? undefined : this.index.remove(id);
      if (!gone) continue;
      this.parts.onRetired(gone);
      this.#tellUnsecured(gone);
    }
  }

  #isKnown({ id, state }: CredentialChange): boolean {
    const known = this.index.named(id);
    return state === "retired" ? known === undefined : known?.state === state;
  }

  #sealedOf({ sealedKey }: StoredCredential): string | undefined {
    return sealedKey ? Buffer.from(sealedKey).toString("latin1") : undefined;
  }

  async #readRule(): Promise<void> {
    const found = await this.parts.db.installation.findUnique({ where: { id: 1 }, select: { noSec: true } });
    this.changeRule((found?.noSec ?? null) as NoSecRule | null);
  }

  /**
   * Looks without waiting for the next time, though not twice within {@link looksApart}: somebody who is not known may have
   * been given a key by another process a moment ago, and comes again.
   */
  lookSoon(): void {
    if (!this.#poll || this.#isAskedFor) return;
    this.#isAskedFor = true;
    if (!this.#isLooking) this.#lookLater(this.#soonest());
  }

  #soonest(): Duration {
    return milliseconds(Math.max(0, looksApart - (this.parts.clock.monotonic() - this.#lookedAt)));
  }

  #lookLater(after: Duration): void {
    this.#poll?.();
    this.#poll = this.parts.clock.after(after, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { clock, log } = this.parts;
    this.#isLooking = true;
    this.#isAskedFor = false;
    this.#lookedAt = clock.monotonic();
    await this.poll().catch((error: unknown) => {
      log.warn("Changes of credentials could not be read; it is tried again.", { error: String(error) });
    });
    this.#isLooking = false;
    if (this.#poll) this.#lookLater(this.#isAskedFor ? this.#soonest() : polledEvery);
  }
}

/** Where a sealed key belongs: moved to another light's row by whoever may write the database, it does not open. */
function placeOf({ id, purpose, endpoint }: Pick<KnownCredential, "id" | "purpose" | "endpoint">): string {
  return `credential:${id}:${purpose}:${endpoint}`;
}
