import type { Registration } from "@lamplighter/lwm2m/registration";
import type { RegistrationStore, StoredObservation, StoredRegistrations } from "@lamplighter/lwm2m/registration-store";
import type { Clock } from "@lamplighter/runtime/clock";
import { type Duration, milliseconds, scale, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type pg from "pg";
import { codeOf, reasonOf } from "./database-errors.ts";
import * as sql from "./registration-rows.ts";
import { inTransaction } from "./transaction.ts";

export interface RegistrationStoreOptions {
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly log: Log;
  /** The server node that owns what is written here. */
  readonly node: string;
  readonly limits?: Partial<RegistrationStoreLimits>;
}

export interface RegistrationStoreLimits {
  /** Registrations in one commit. */
  readonly batchMax: number;
  /** Saves and removals that wait for a commit. One more is answered with an error at once. */
  readonly waitingMax: number;
  /** Refreshes and observations held for the next write behind. Beyond it a refresh is dropped and counted. */
  readonly dirtyMax: number;
  /** How often a commit is tried, with a growing pause between, before those who wait are told the error. */
  readonly attemptsMax: number;
}

const limitsDefault: RegistrationStoreLimits = {
  batchMax: 1_000,
  waitingMax: 50_000,
  dirtyMax: 500_000,
  attemptsMax: 4,
};
const writeBehindEvery = seconds(1);
const firstPause = milliseconds(100);

type Waiting =
  | { readonly kind: "save"; readonly registration: Registration; readonly done: (error?: Error) => void }
  | { readonly kind: "remove"; readonly id: string; readonly done: (error?: Error) => void };

/**
 * Keeps registrations in PostgreSQL by group commit: whatever arrives while one commit is under way goes into the next,
 * so a thousand registrations a second cost a few dozen commits. One writer works at a time, in the order of the calls.
 */
export class PrismaRegistrationStore implements RegistrationStore {
  readonly #options: RegistrationStoreOptions;
  readonly #limits: RegistrationStoreLimits;
  #waiting: Waiting[] = [];
  #refreshes = new Map<string, { readonly seen: number; readonly expiry: number }>();
  #observations = new Map<string, StoredObservation | undefined>();
  #writing: Promise<void> | undefined;
  #writeBehindIsSet = false;
  #writeBehindIsDue = false;
  readonly #counters = { commits: 0, committed: 0, refreshesDropped: 0, failures: 0 };

  constructor(options: RegistrationStoreOptions) {
    this.#options = options;
    this.#limits = { ...limitsDefault, ...options.limits };
  }

  get counters(): Readonly<{ commits: number; committed: number; refreshesDropped: number; failures: number }> {
    return this.#counters;
  }

  async load(): Promise<StoredRegistrations> {
    const { pool } = this.#options;
    const registrations = await pool.query<sql.RegistrationRow>(sql.loadRegistrations);
    const observations = await pool.query<ObservationRow>(sql.loadObservations);
    return {
      registrations: registrations.rows.map(sql.toRegistration),
      observations: observations.rows.map(({ accept, ...rest }) => (accept === null ? rest : { ...rest, accept })),
    };
  }

  save(registration: Registration, done: (error?: Error) => void): void {
    // The whole registration is about to be written, times included.
    this.#refreshes.delete(registration.id);
    this.#wait({ kind: "save", registration, done });
  }

  remove(id: string, done: (error?: Error) => void): void {
    this.#refreshes.delete(id);
    this.#wait({ kind: "remove", id, done });
  }

  refresh(id: string, lastSeenAt: number, expiresAt: number): void {
    if (!this.#hasRoom(this.#refreshes, id)) return;
    this.#refreshes.set(id, { seen: lastSeenAt, expiry: expiresAt });
    this.#setWriteBehind();
  }

  saveObservation(observation: StoredObservation): void {
    if (!this.#hasRoom(this.#observations, observation.token)) return;
    this.#observations.set(observation.token, observation);
    this.#setWriteBehind();
  }

  removeObservation(token: string): void {
    if (!this.#hasRoom(this.#observations, token)) return;
    this.#observations.set(token, undefined);
    this.#setWriteBehind();
  }

  async flush(): Promise<void> {
    this.#writeBehindIsDue = true;
    await this.#write();
    if (this.#refreshes.size + this.#observations.size > 0) {
      throw new Error("Registrations could not be written behind: the database does not take them.");
    }
  }

  #hasRoom(dirty: Map<string, unknown>, key: string): boolean {
    if (dirty.size < this.#limits.dirtyMax || dirty.has(key)) return true;
    this.#counters.refreshesDropped++;
    return false;
  }

  #wait(entry: Waiting): void {
    if (this.#waiting.length >= this.#limits.waitingMax) {
      this.#answer(entry, new Error("Too many registrations wait for the database."));
      return;
    }
    this.#waiting.push(entry);
    void this.#write();
  }

  #setWriteBehind(): void {
    if (this.#writeBehindIsSet) return;
    this.#writeBehindIsSet = true;
    this.#options.clock.after(writeBehindEvery, () => {
      this.#writeBehindIsSet = false;
      this.#writeBehindIsDue = true;
      void this.#write();
    });
  }

  /** Starts the one writer unless it works already; resolves when there is nothing left for it to do. */
  #write(): Promise<void> {
    this.#writing ??= this.#drain();
    return this.#writing;
  }

  async #drain(): Promise<void> {
    // Lets the rest of this turn's datagrams join the first commit.
    await Promise.resolve();
    while (this.#waiting.length > 0 || this.#writeBehindIsDue) {
      while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, this.#limits.batchMax));
      if (this.#writeBehindIsDue) {
        this.#writeBehindIsDue = false;
        await this.#writeBehind();
      }
    }
    // In the same step as the last look: whoever comes after it starts a new writer.
    this.#writing = undefined;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const error = await this.#persist(() => this.#store(batch));
    if (error !== undefined && isAboutData(error) && batch.length > 1) {
      // One of them holds what the database cannot store; the others must not suffer for it.
      const half = batch.length >> 1;
      await this.#commit(batch.slice(0, half));
      await this.#commit(batch.slice(half));
      return;
    }
    if (error === undefined) {
      this.#counters.commits++;
      this.#counters.committed += batch.length;
    } else {
      this.#options.log.error("registrations could not be stored", { reason: error.message, count: batch.length });
    }
    for (const entry of batch) this.#answer(entry, error);
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    const saves = new Map<string, Registration>();
    const removals = new Set<string>();
    const endpoints = new Map<string, string>();
    for (const entry of batch) {
      if (entry.kind === "save") {
        const key = `${entry.registration.account}\n${entry.registration.endpoint}`;
        saves.set(key, entry.registration);
        endpoints.set(entry.registration.id, key);
      } else {
        removals.add(entry.id);
        const key = endpoints.get(entry.id);
        if (key !== undefined && saves.get(key)?.id === entry.id) saves.delete(key);
      }
    }
    const { pool, node } = this.#options;
    const write = [...sql.registrationColumns([...saves.values()]), node];
    if (removals.size === 0) {
      await pool.query({ name: "save-registrations", text: sql.saveRegistrations, values: write });
      return;
    }
    await inTransaction(pool, async (client) => {
      await client.query(sql.removeRegistrations, [[...removals]]);
      if (saves.size > 0) await client.query(sql.saveRegistrations, write);
    });
  }

  async #writeBehind(): Promise<void> {
    const refreshes = this.#refreshes;
    const observations = this.#observations;
    this.#refreshes = new Map();
    this.#observations = new Map();
    const error = await this.#persist(() => this.#storeBehind(refreshes, observations));
    if (error === undefined) return;
    this.#options.log.error("refreshes could not be stored and are kept for later", { reason: error.message });
    // What is newer stays; data that the database will never take must not come back for ever.
    if (isAboutData(error)) return;
    for (const [id, times] of refreshes) if (!this.#refreshes.has(id)) this.#refreshes.set(id, times);
    for (const [token, observation] of observations) {
      if (!this.#observations.has(token)) this.#observations.set(token, observation);
    }
    this.#setWriteBehind();
  }

  async #storeBehind(
    refreshes: ReadonlyMap<string, { readonly seen: number; readonly expiry: number }>,
    observations: ReadonlyMap<string, StoredObservation | undefined>,
  ): Promise<void> {
    const { pool } = this.#options;
    for (const part of parts([...refreshes], this.#limits.batchMax)) {
      const times = part.map(([, time]) => time);
      const seen = times.map((time) => new Date(time.seen).toISOString());
      const expiry = times.map((time) => (Number.isFinite(time.expiry) ? new Date(time.expiry).toISOString() : null));
      await pool.query(sql.refreshRegistrations, [part.map(([id]) => id), seen, expiry]);
    }
    const removed = [...observations].filter(([, observation]) => observation === undefined).map(([token]) => token);
    if (removed.length > 0) await pool.query(sql.removeObservations, [removed]);
    const kept = [...observations.values()].filter((observation) => observation !== undefined);
    for (const part of parts(kept, this.#limits.batchMax)) {
      const column = <T>(pick: (o: StoredObservation) => T): T[] => part.map(pick);
      await pool.query(sql.saveObservations, [
        column((o) => o.token),
        column((o) => o.registrationId),
        column((o) => o.endpoint),
        column((o) => o.path),
        column((o) => o.accept ?? null),
      ]);
    }
  }

  /** Tries with growing pauses; hands the error back when the last try failed or trying again cannot help. */
  async #persist(work: () => Promise<void>): Promise<Error | undefined> {
    let pause: Duration = firstPause;
    for (let attempt = 1; ; attempt++) {
      try {
        await work();
        return undefined;
      } catch (cause) {
        this.#counters.failures++;
        const error = cause instanceof Error ? cause : new Error(reasonOf(cause));
        if (isAboutData(error) || attempt >= this.#limits.attemptsMax) return error;
        await new Promise<void>((resolve) => void this.#options.clock.after(pause, resolve));
        pause = scale(pause, 3);
      }
    }
  }

  #answer(entry: Waiting, error: Error | undefined): void {
    try {
      entry.done(error);
    } catch (thrown) {
      this.#options.log.error("what waited for a registration's commit failed", { reason: reasonOf(thrown) });
    }
  }
}

interface ObservationRow {
  readonly token: string;
  readonly registrationId: string;
  readonly endpoint: string;
  readonly path: string;
  readonly accept: number | null;
}

/** SQL classes 22 (the value itself) and 23 (a constraint): the same again would fail the same way. */
function isAboutData(error: Error): boolean {
  return /^2[23]/.test(codeOf(error) ?? "");
}

function* parts<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
