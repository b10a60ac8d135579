import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import { type Duration, milliseconds, seconds } from "@lamplighter/runtime/duration";
import { type Log, silentLog } from "@lamplighter/runtime/log";
import type { SealedBox } from "@lamplighter/runtime/sealed-box";
import type { LiveConnection } from "./connection-table.ts";
import { aimOf, type KeptConnection, standingOf, tell } from "./kept-connection.ts";
import type { DtlsRecord } from "./record.ts";
import {
  acceptAheadAtFirst,
  acceptAheadFor,
  acceptAheadMin,
  holdTo,
  marksAhead,
  type Reserve,
  sendAhead,
  setLimits,
} from "./reserve.ts";
import { sealSession } from "./session-sealing.ts";
import type { DtlsSessionStore, SessionMarks, SessionProgress, StoredSession } from "./session-store.ts";

/** How long what is to be stored may gather. */
export const saveEvery: Duration = milliseconds(50);
/** Rows of one save. What is beyond follows at once. */
export const saveRowsMax = 5_000;
/** After a save failed, the next is tried so much later. Connections go on within what they have. */
export const saveRetry: Duration = seconds(1);
/** A light is told of its connection after this at the latest, stored or not: a store that hangs keeps nobody out. */
export const toldWithin: Duration = seconds(2);
/** How often a connection that fell quiet is looked for. */
const quietEvery: Duration = seconds(1);
/** Records in and datagrams out that wait for a connection's reserve; beyond, the oldest is dropped, as UDP may. */
export const heldPerConnectionMax = 16;
/** Of all connections together; beyond, nothing more is held. */
export const heldMax = 20_000;

export interface SessionKeeperOptions {
  readonly store: DtlsSessionStore;
  readonly box: SealedBox;
  readonly clock: Clock;
  readonly log?: Log;
}

/** What a keeper counts. */
export interface SessionKeeperCounters {
  saves: number;
  failures: number;
  /** Records and datagrams that waited for their reserve, and those dropped for it. */
  held: number;
  dropped: number;
}

/** What a port does when a connection may go on. */
export interface Held {
  readonly take: (live: LiveConnection, from: Address, record: DtlsRecord) => void;
  readonly send: (live: LiveConnection, type: number, content: Uint8Array) => void;
}

/**
 * Stores connections while they are used, so that they outlive the process, even one that is killed.
 *
 * A sequence number that was used twice would give a key away, and a record that was taken twice is an attack that
 * worked. So what a connection will use is stored before it is used: it has a reserve of numbers, and beyond it waits.
 * Marks are gathered for {@link saveEvery}; a connection that runs out has them stored at once.
 *
 * When the store fails, connections go on within what they have and are held to it beyond; what is held is bounded.
 */
export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  readonly #log: Log;
  readonly #kept = new Map<LiveConnection, KeptConnection>();
  readonly #due = new Set<KeptConnection>();
  readonly #removals = new Set<Address>();
  /** Those with more ahead than a quiet light should have. */
  readonly #busy = new Set<KeptConnection>();
  readonly #counters: SessionKeeperCounters = { saves: 0, failures: 0, held: 0, dropped: 0 };
  #held: Held = { take: () => {}, send: () => {} };
  #heldCount = 0;
  #saving: Promise<void> | undefined;
  #alarm: Cancel | undefined;
  #quiet: Cancel | undefined;
  #isStopped = false;
  /** The store failed, and is left alone until the alarm. */
  #isPausing = false;
  #hasFailed = false;

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
  }

  get counters(): Readonly<SessionKeeperCounters> {
    return this.#counters;
  }

  /** Sets what is done with what was held. Called once, by the port. */
  serve(held: Held): void {
    this.#held = held;
  }

  /** Keeps a connection that was just made. */
  add(live: LiveConnection, proof: Uint8Array): void {
    const kept = this.#entry(live, { proof, acceptAhead: acceptAheadAtFirst, isNew: true });
    this.#dueSoon(kept);
  }

  /** Goes on keeping one that was restored, within the marks that its row has now. */
  addRestored(live: LiveConnection, proof: Uint8Array, marks: SessionMarks): void {
    const kept = this.#entry(live, { proof, acceptAhead: acceptAheadMin, isNew: false });
    kept.isWritten = true;
    setLimits(kept.reserve, marks);
  }

  /** Calls back once the row of a new connection stands, could not be put, or is long in coming. */
  whenStored(live: LiveConnection, then: () => void): void {
    const kept = this.#kept.get(live);
    if (!kept?.isNew) return then();
    const patience = this.#options.clock.after(toldWithin, () => tell(kept));
    kept.tell = () => {
      patience();
      then();
    };
  }

  /** Its peer is somewhere else now. */
  moved(live: LiveConnection): void {
    const kept = this.#kept.get(live);
    if (kept) this.#dueSoon(kept);
  }

  remove(live: LiveConnection): void {
    const kept = this.#kept.get(live);
    if (!kept) return;
    this.#kept.delete(live);
    this.#due.delete(kept);
    this.#busy.delete(kept);
    this.#heldCount -= kept.in.length + kept.out.length;
    kept.in.length = kept.out.length = 0;
    kept.tell = undefined;
    if (kept.isWritten) this.#forget(live.name);
  }

  /** Has a row removed that is no connection any more. */
  forget(name: Address): void {
    this.#forget(name);
  }

  /** A genuine record came for which there is no reserve: it waits. */
  holdIn(live: LiveConnection, from: Address, record: DtlsRecord): void {
    const kept = this.#kept.get(live);
    if (!kept) return;
    // The same record a second time is a replay, and waits no second time.
    if (kept.in.some((each) => each.record.sequence === record.sequence)) return;
    this.#hold(kept, kept.in, { from, record });
  }

  /** Something is to be sent for which there is no reserve: it waits. */
  holdOut(live: LiveConnection, type: number, content: Uint8Array): void {
    const kept = this.#kept.get(live);
    if (kept) this.#hold(kept, kept.out, { type, content });
  }

  /** Stores where everything stands, exactly; nothing is sent or taken after it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#alarm?.();
    this.#quiet?.();
    await this.#saving?.catch(() => {});
    for (const kept of this.#kept.values()) {
      const { newest, writeSequence } = standingOf(kept);
      const isExact = kept.reserve.acceptedBelow === newest + 1 && kept.reserve.sendBelow === writeSequence;
      if (kept.isNew || !isExact) this.#due.add(kept);
    }
    while (this.#due.size + this.#removals.size > 0) {
      if (!(await this.#saveOnce({ send: 0, accept: 0 }))) return;
    }
  }

  // ── What waits ─────────────────────────────────────────────────────────────────────────────────────────────────

  #hold<Entry>(kept: KeptConnection, queue: Entry[], entry: Entry): void {
    if (this.#isStopped || this.#heldCount >= heldMax || queue.length >= heldPerConnectionMax) {
      this.#counters.dropped++;
      return;
    }
    this.#counters.held++;
    queue.push(entry);
    this.#heldCount++;
    this.#due.add(kept);
    this.#saveNow();
  }

  #release(kept: KeptConnection): void {
    const incoming = kept.in.splice(0);
    const outgoing = kept.out.splice(0);
    this.#heldCount -= incoming.length + outgoing.length;
    // Each may find the reserve used up again, and waits again then.
    for (const { from, record } of incoming) this.#held.take(kept.live, from, record);
    for (const { type, content } of outgoing) this.#held.send(kept.live, type, content);
  }

  // ── Storing ────────────────────────────────────────────────────────────────────────────────────────────────────

  #entry(live: LiveConnection, given: Pick<KeptConnection, "proof" | "acceptAhead" | "isNew">): KeptConnection {
    const reserve: Reserve = {
      sendBelow: Number.POSITIVE_INFINITY,
      acceptedBelow: Number.POSITIVE_INFINITY,
      sendLow: Number.POSITIVE_INFINITY,
      acceptLow: Number.POSITIVE_INFINITY,
      low: () => this.#dueSoon(kept),
    };
    const kept: KeptConnection = {
      live,
      reserve,
      isWritten: false,
      newestThen: -1,
      markedAt: this.#options.clock.monotonic(),
      newestAtLook: -1,
      in: [],
      out: [],
      ...given,
    };
    kept.newestThen = standingOf(kept).newest;
    live.connection.reserve = reserve;
    this.#kept.set(live, kept);
    return kept;
  }

  #dueSoon(kept: KeptConnection): void {
    this.#due.add(kept);
    this.#saveSoon(saveEvery);
  }

  #forget(name: Address): void {
    this.#removals.add(name);
    this.#saveSoon(saveEvery);
  }

  #saveSoon(span: Duration): void {
    if (this.#isStopped || this.#alarm || this.#saving) return;
    this.#alarm = this.#options.clock.after(span, () => {
      this.#isPausing = false;
      this.#saveNow();
    });
  }

  #saveNow(): void {
    if (this.#isStopped || this.#saving || this.#isPausing) return;
    this.#alarm?.();
    this.#alarm = undefined;
    this.#saving = this.#saveAll().finally(() => {
      this.#saving = undefined;
      const isMore = this.#due.size + this.#removals.size > 0;
      // Never without an alarm that ends it: what is held later would wait for ever.
      this.#isPausing = this.#hasFailed && isMore;
      if (isMore) this.#saveSoon(this.#hasFailed ? saveRetry : saveEvery);
    });
  }

  async #saveAll(): Promise<void> {
    // Lets the rest of this turn's records join.
    await Promise.resolve();
    do {
      if (!(await this.#saveOnce({ send: sendAhead }))) return;
    } while (this.#due.size > saveRowsMax || this.#hasWaiting());
    this.#lookForQuiet();
  }

  #hasWaiting(): boolean {
    return this.#heldCount > 0 && [...this.#due].some((kept) => kept.in.length + kept.out.length > 0);
  }

  /** Writes one batch. False when it failed: nothing is lost then, and nothing goes on beyond what is stored. */
  async #saveOnce(ahead: { readonly send: number; readonly accept?: number }): Promise<boolean> {
    const { store, box } = this.#options;
    const removals = [...this.#removals].slice(0, saveRowsMax);
    const batch = [...this.#due].slice(0, saveRowsMax).map((kept) => {
      this.#due.delete(kept);
      const standing = aimOf(kept);
      kept.acceptAhead = ahead.accept ?? this.#aheadOf(kept, standing.newest);
      const marks = marksAhead(standing, { sendBelow: ahead.send, acceptedBelow: kept.acceptAhead });
      kept.newestThen = standing.newest;
      kept.markedAt = this.#options.clock.monotonic();
      // From here on a row may stand that says so.
      holdTo(kept.reserve, marks);
      kept.isWritten = true;
      return { kept, marks };
    });
    if (batch.length + removals.length === 0) return true;
    const put: StoredSession[] = [];
    const progress: SessionProgress[] = [];
    for (const { kept, marks } of batch) {
      const { name, udpAddress, established } = kept.live;
      const row = { name, ...marks, udpAddress, heardAt: this.#wallClock(kept.live.heardAt) };
      if (!kept.isNew) progress.push(row);
      else {
        const sealed = sealSession(box, name, established, kept.proof);
        put.push({ ...row, sealed, connectedAt: this.#wallClock(kept.live.connectedAt) });
      }
    }
    try {
      await store.save({ put, progress, remove: removals });
    } catch (error) {
      this.#counters.failures++;
      if (!this.#hasFailed)
        this.#log.warn("DTLS connections could not be stored; they go on within their reserve", { error });
      this.#hasFailed = true;
      for (const { kept } of batch) {
        if (!this.#kept.has(kept.live)) continue;
        this.#due.add(kept);
        tell(kept);
      }
      return false;
    }
    this.#counters.saves++;
    this.#hasFailed = false;
    for (const name of removals) this.#removals.delete(name);
    for (const { kept, marks } of batch) {
      // It ended while its row was written: the row goes with the next batch.
      if (!this.#kept.has(kept.live)) continue;
      kept.isNew = false;
      setLimits(kept.reserve, marks);
      if (kept.acceptAhead > acceptAheadMin) this.#busy.add(kept);
      else this.#busy.delete(kept);
      tell(kept);
      this.#release(kept);
    }
    return true;
  }

  #aheadOf(kept: KeptConnection, newest: number): number {
    if (kept.isNew) return kept.acceptAhead;
    return acceptAheadFor(newest - kept.newestThen, this.#options.clock.monotonic() - kept.markedAt);
  }

  /** A light that fell quiet is left with little ahead: so little of what it says next is refused after a kill. */
  #lookForQuiet(): void {
    if (this.#quiet || this.#busy.size === 0 || this.#isStopped) return;
    this.#quiet = this.#options.clock.after(quietEvery, () => {
      this.#quiet = undefined;
      for (const kept of this.#busy) {
        const { newest } = standingOf(kept);
        if (newest === kept.newestAtLook) this.#dueSoon(kept);
        kept.newestAtLook = newest;
      }
      this.#lookForQuiet();
    });
  }

  #wallClock(monotonic: number): number {
    const { clock } = this.#options;
    return Math.round(clock.now().getTime() - (clock.monotonic() - monotonic));
  }
}
