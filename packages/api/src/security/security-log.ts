import type { PrismaClient } from "@lamplighter/db/generated/client";
import { storableText } from "@lamplighter/db/storable-text";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { minutes, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import { textOf } from "./credential-index.ts";

export const securityEventKinds = [
  /** A handshake named an identity that nobody has. */
  "unknown-identity",
  /** A handshake with a known identity and a key that is not its. */
  "wrong-key",
  /** Any other handshake that came to nothing. */
  "handshake-failed",
  /** The credentials of one light, and the name of another. */
  "wrong-name",
  /** Refused in the clear. */
  "clear-refused",
  /** A bootstrap that would have brought keys was refused. */
  "keys-refused",
  /** A stored key does not open: its row was changed, or the master key is another. */
  "key-unreadable",
  /** A light used its new key for the first time; the old one is retired. */
  "key-rotated",
  /** So much came at once that it is not told one by one. */
  "more",
] as const;
/** A light whose connections do not come about, whatever the reason. */
export const failingKinds = ["wrong-key", "handshake-failed"] as const satisfies readonly SecurityEventKind[];
export type SecurityEventKind = (typeof securityEventKinds)[number];

export interface SecurityHappening {
  readonly kind: SecurityEventKind;
  readonly endpoint?: string | undefined;
  readonly identity?: Uint8Array | undefined;
  readonly address?: string | undefined;
  /** A sentence. Never holds a key. */
  readonly detail: string;
}

/**
 * What nobody can bring about without a good key, or the database. It has a room of its own: who makes noise under names
 * that they made up must not cover what matters most.
 */
const weighty: readonly SecurityEventKind[] = ["wrong-name", "key-unreadable", "key-rotated"];
const noise = securityEventKinds.filter((kind) => !weighty.includes(kind));

/** Happenings told apart within a minute, of each room. Beyond, they are counted in one row: names of strangers must not fill the disk. */
export const toldApartPerMinuteMax = 300;
/** Rows kept, of each room; the oldest go. */
export const securityEventsMax = { weighty: 10_000, noise: 90_000 } as const;
const sameWithin = minutes(1);
const writeEvery = seconds(1);
const prunedEvery = 1_000;
const textMax = 255;

interface Told {
  readonly happening: SecurityHappening;
  readonly at: Date;
  lastAt: Date;
  count: number;
  /** Where it is written; undefined until it is. */
  seq: bigint | undefined;
  isDirty: boolean;
}

/**
 * Keeps what a security officer wants to read. Whoever attacks writes here as often as they like, so everything is
 * bounded: what is the same within a minute (kind, light, identity, host) is one row with a count, so many rows a minute,
 * so many in all; and it is written each second and not once for each datagram.
 */
export class SecurityLog {
  readonly #parts: {
    readonly db: PrismaClient;
    readonly clock: Clock;
    readonly log: Log;
    readonly onWritten: () => void;
  };
  #told = new Map<string, Told>();
  #roomsTaken = { weighty: 0, noise: 0 };
  #minuteBegan = Number.NEGATIVE_INFINITY;
  #timer: Cancel | undefined;
  #writing: Promise<void> = Promise.resolve();
  #sincePruned = prunedEvery;

  constructor(parts: { db: PrismaClient; clock: Clock; log: Log; onWritten?: () => void }) {
    this.#parts = { onWritten: () => {}, ...parts };
  }

  /** Notes that something happened. Never throws and never waits. */
  note(happening: SecurityHappening): void {
    const { clock } = this.#parts;
    this.#turnMinute();
    const room = roomOf(happening);
    const isFull = this.#roomsTaken[room] >= toldApartPerMinuteMax;
    const known = this.#told.get(keyOf(happening));
    const told = known ?? (isFull ? this.#told.get(keyOf(more)) : undefined);
    if (told) {
      told.count++;
      told.lastAt = clock.now();
      told.isDirty = true;
    } else {
      const first = isFull ? more : happening;
      const at = clock.now();
      this.#roomsTaken[room]++;
      this.#told.set(keyOf(first), { happening: first, at, lastAt: at, count: 1, seq: undefined, isDirty: true });
    }
    this.#timer ??= clock.after(writeEvery, () => void this.flush());
  }

  /** Writes what has been noted. Resolves when it is stored, or when the database did not take it, which is logged. */
  flush(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    const dirty = [...this.#told.values()].filter(({ isDirty }) => isDirty);
    for (const told of dirty) told.isDirty = false;
    this.#writing = this.#writing.then(() => this.#write(dirty));
    return this.#writing;
  }

  #turnMinute(): void {
    const now = this.#parts.clock.monotonic();
    if (now - this.#minuteBegan < sameWithin) return;
    if (this.#told.size > 0) void this.flush();
    this.#told = new Map();
    this.#roomsTaken = { weighty: 0, noise: 0 };
    this.#minuteBegan = now;
  }

  async #write(dirty: readonly Told[]): Promise<void> {
    if (dirty.length === 0) return;
    const { db, log, onWritten } = this.#parts;
    try {
      const fresh = dirty.filter(({ seq }) => seq === undefined);
      const rows = await db.securityEvent.createManyAndReturn({ data: fresh.map(rowOf), select: { seq: true } });
      for (const [at, told] of fresh.entries()) told.seq = rows[at]?.seq;
      for (const { seq, lastAt, count } of dirty.filter((told) => !fresh.includes(told))) {
        if (seq !== undefined) await db.securityEvent.updateMany({ where: { seq }, data: { lastAt, count } });
      }
      this.#sincePruned += fresh.length;
      if (this.#sincePruned >= prunedEvery) await this.#prune();
      onWritten();
    } catch (error) {
      log.error("Security events could not be written.", { events: dirty.length, error: String(error) });
    }
  }

  async #prune(): Promise<void> {
    const { db } = this.#parts;
    this.#sincePruned = 0;
    for (const [kinds, kept] of [
      [weighty, securityEventsMax.weighty] as const,
      [noise, securityEventsMax.noise] as const,
    ]) {
      const among = { kind: { in: [...kinds] } };
      const last = await db.securityEvent.findFirst({
        ...{ where: among, orderBy: { seq: "desc" }, skip: kept, select: { seq: true } },
      });
      if (last) await db.securityEvent.deleteMany({ where: { ...among, seq: { lte: last.seq } } });
    }
  }
}

const more: SecurityHappening = { kind: "more", detail: "More happened in this minute than is told one by one." };

const roomOf = ({ kind }: SecurityHappening): keyof typeof securityEventsMax =>
  weighty.includes(kind) ? "weighty" : "noise";

/** The port of a stranger differs each time; the host is what they are. */
function keyOf({ kind, endpoint, identity, address }: SecurityHappening): string {
  const host = address?.slice(0, address.lastIndexOf(":"));
  return JSON.stringify([kind, endpoint, identity && textOf(identity), host]);
}

function rowOf({ happening, at, lastAt, count }: Told) {
  const { kind, endpoint, identity, address, detail } = happening;
  return {
    ...{ kind, at, lastAt, count },
    endpoint: endpoint === undefined ? null : storableText(endpoint.slice(0, textMax)),
    identity: identity ? Uint8Array.from(identity.subarray(0, textMax)) : null,
    address: address ?? null,
    detail: storableText(detail.slice(0, 1_000)),
  };
}
