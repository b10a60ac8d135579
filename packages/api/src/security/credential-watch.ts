import type { PrismaClient } from "@lamplighter/db/generated/client";
import {
  type CredentialChange,
  changedCredentials,
  credentialPurposes,
  credentialsInUse,
  credentialsNamed,
  databaseTime,
  type StoredCredential,
} from "@lamplighter/db/prisma-credential-store";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { type Duration, milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { CredentialIndex, KnownCredential } from "./credential-index.ts";

/** How often changes that another process made are looked for. */
const lookedEvery = seconds(5);
/** Looks that strangers bring about are so far apart: each costs the database. */
const looksApart = seconds(1);
/** Changes are looked for from so long before the last look: clocks of two machines differ, and a commit takes its time. */
const lookOverlap = minutes(2);
/**
 * Each so many looks all credentials are gone through: the clock of who wrote may be off by more than {@link lookOverlap},
 * and rows may be gone. A key that was taken away is so good for a minute at most, whatever is wrong.
 */
export const looksPerWhole = 12;

export interface CredentialWatchParts {
  readonly db: PrismaClient;
  readonly clock: Clock;
  readonly log: Log;
}

/** Whom a watch tells. */
export interface CredentialWatcher {
  /** Credentials are stored otherwise than they are known. */
  readonly changed: (rows: readonly StoredCredential[]) => void;
  /** A credential is not stored any more; it is out of the index already. */
  readonly gone: (credential: KnownCredential) => void;
  /** What else is looked for each time. */
  readonly look: () => Promise<void>;
}

/**
 * Finds what other processes changed of the credentials: a bootstrap server of its own makes keys, and the main server
 * takes some away. What this process changes itself while it reads is newer than what it reads.
 */
export class CredentialWatch {
  readonly #parts: CredentialWatchParts;
  readonly #index: CredentialIndex;
  readonly #tell: CredentialWatcher;
  #next: Cancel | undefined;
  /** By the database's clock. */
  #seenUntil = new Date(0);
  #looks = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isLooking = false;
  #isAskedFor = false;
  /** For each look under way, what this process changed itself since it began: what was read may be from before. */
  readonly #own = new Set<Set<string>>();

  constructor(parts: CredentialWatchParts, index: CredentialIndex, tell: CredentialWatcher) {
    this.#parts = parts;
    this.#index = index;
    this.#tell = tell;
  }

  /** Looks from now on, for what changed since `from` by the database's clock. */
  start(from: Date): void {
    this.#seenUntil = from;
    this.#lookLater(lookedEvery);
  }

  stop(): void {
    this.#next?.();
    this.#next = undefined;
  }

  /** This process changed credentials: a look under way that read them before does not bring them back. */
  ownChange(rows: readonly Pick<StoredCredential, "id">[]): void {
    for (const own of this.#own) for (const { id } of rows) own.add(id);
  }

  /** Looks for what other processes changed. */
  look(): Promise<void> {
    return this.#looking((own) => this.#lookForChanges(own));
  }

  /** Looks for what they changed of one light: one query, for what must not be decided on what was true seconds ago. */
  lookAt(endpoint: string): Promise<void> {
    return this.#looking((own) => this.#lookAtOne(endpoint, own));
  }

  /**
   * Looks without waiting for the next time, though not twice within {@link looksApart}: somebody who is not known may have
   * been given a key by another process a moment ago, and comes again.
   */
  lookSoon(): void {
    if (!this.#next || this.#isAskedFor) return;
    this.#isAskedFor = true;
    if (!this.#isLooking) this.#lookLater(this.#soonest());
  }

  #soonest(): Duration {
    return milliseconds(Math.max(0, looksApart - (this.#parts.clock.monotonic() - this.#lookedAt)));
  }

  #lookLater(after: Duration): void {
    this.#next?.();
    this.#next = this.#parts.clock.after(after, () => void this.#lookInTurn());
  }

  async #lookInTurn(): Promise<void> {
    const { clock, log } = this.#parts;
    this.#isLooking = true;
    this.#isAskedFor = false;
    this.#lookedAt = clock.monotonic();
    await this.look().catch((error: unknown) => {
      log.warn("Changes of credentials could not be read; it is tried again.", { error: String(error) });
    });
    this.#isLooking = false;
    if (this.#next) this.#lookLater(this.#isAskedFor ? this.#soonest() : lookedEvery);
  }

  async #looking(look: (own: ReadonlySet<string>) => Promise<void>): Promise<void> {
    const own = new Set<string>();
    this.#own.add(own);
    try {
      await look(own);
    } finally {
      this.#own.delete(own);
    }
  }

  async #lookForChanges(own: ReadonlySet<string>): Promise<void> {
    const { db } = this.#parts;
    const isWhole = ++this.#looks % looksPerWhole === 0;
    const now = await databaseTime(db);
    if (isWhole) await this.#lookAtAll(own);
    else {
      const since = new Date(this.#seenUntil.getTime() - lookOverlap);
      for await (const page of changedCredentials(db, since)) await this.#takeUp(page, own);
    }
    this.#seenUntil = now;
    await this.#tell.look();
  }

  async #lookAtOne(endpoint: string, own: ReadonlySet<string>): Promise<void> {
    const there = await this.#parts.db.credential.findMany({
      where: { endpoint, state: { not: "retired" } },
      select: { id: true, state: true },
    });
    const ids = new Set(there.map(({ id }) => id));
    const missing = credentialPurposes
      .flatMap((purpose) => this.#index.of(endpoint, purpose))
      .filter(({ id }) => !ids.has(id));
    await this.#takeUp([...(there as CredentialChange[]), ...missing.map(asRetired)], own);
  }

  async #lookAtAll(own: ReadonlySet<string>): Promise<void> {
    const there = new Set<string>();
    for await (const page of credentialsInUse(this.#parts.db)) {
      for (const { id } of page) there.add(id);
      await this.#takeUp(page, own);
    }
    const missing = [...this.#index.ids()].filter((id) => !there.has(id) && !own.has(id));
    await this.#takeUp(
      missing.map((id) => asRetired({ id })),
      own,
    );
  }

  /** Reads what is not as it is known. One that is not there any more is as good as retired. */
  async #takeUp(changes: readonly CredentialChange[], own: ReadonlySet<string>): Promise<void> {
    const ids = changes.filter((change) => !this.#isKnown(change)).map(({ id }) => id);
    if (ids.length === 0) return;
    const rows = (await credentialsNamed(this.#parts.db, ids)).filter(({ id }) => !own.has(id));
    this.#tell.changed(rows);
    const found = new Set(rows.map(({ id }) => id));
    for (const id of ids) {
      const gone = found.has(id) || own.has(id) ? undefined : this.#index.remove(id);
      if (gone) this.#tell.gone(gone);
    }
  }

  #isKnown({ id, state }: CredentialChange): boolean {
    const known = this.#index.named(id);
    return state === "retired" ? known === undefined : known?.state === state;
  }
}

const asRetired = ({ id }: { readonly id: string }): CredentialChange => ({ id, state: "retired" });
