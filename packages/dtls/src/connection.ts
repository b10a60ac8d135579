import type { Agreed } from "./established.ts";
import { protectionOf } from "./protection.ts";
import { contentType, type DtlsRecord, sequenceMax } from "./record.ts";
import type { PlainRecord, Protection } from "./record-protection.ts";
import { isFresh, nothingSeen, type ReplayWindow, withSeen } from "./replay-window.ts";
import { acceptAheadMax, type Reserve, unlimited } from "./reserve.ts";

/** The one epoch of ours that is protected: we never renegotiate. */
export const protectedEpoch = 1;

/**
 * Older records than so many before the end of what is in doubt are not looked at: no peer of ours is that far behind. And no more
 * than so many are told as such: twice what an honest peer may need, while who recorded one may play it without end.
 */
const doubtRecordsMax = 2 * acceptAheadMax;

/** Where a connection goes on after it was put away: never before the sequence number it would write next. */
export interface ConnectionProgress {
  readonly writeSequence: number;
  readonly window: ReplayWindow;
}

/**
 * The records of one connection, both ways, from Finished on.
 *
 * No two records are ever written with one sequence number, as that would give the key away; at the last of them the
 * connection is over. A record that was seen, or is too old, is not opened again.
 */
export class Connection {
  readonly #agreed: Agreed;
  readonly #writer: Protection;
  readonly #reader: Protection;
  #writeSequence: number;
  #window: ReplayWindow;
  /** After a restart: numbers below may have been taken by the process before, or not. */
  #doubtBelow: number;
  #doubted = 0;
  /** What may be used of the sequence numbers, where the connection is to outlive its process. */
  reserve: Readonly<Reserve> = unlimited;

  constructor(agreed: Agreed, side: "client" | "server", progress?: ConnectionProgress) {
    const { suite, keys } = agreed;
    this.#agreed = agreed;
    this.#writer = protectionOf(suite, keys[side]);
    this.#reader = protectionOf(suite, keys[side === "server" ? "client" : "server"]);
    this.#writeSequence = progress?.writeSequence ?? 0;
    this.#window = progress?.window ?? nothingSeen;
    this.#doubtBelow = this.#window.newest + 1;
  }

  get progress(): ConnectionProgress {
    return { writeSequence: this.#writeSequence, window: this.#window };
  }

  /** Nothing can be written any more (RFC 6347 §4.1). */
  get isSpent(): boolean {
    return this.#writeSequence > sequenceMax;
  }

  /** One record, ready to be sent; undefined when the connection is spent, or its reserve is. */
  seal(type: number, content: Uint8Array): Uint8Array | undefined {
    if (this.isSpent || this.#writeSequence >= this.reserve.sendBelow) return undefined;
    const sequence = this.#writeSequence++;
    if (sequence >= this.reserve.sendLow) this.reserve.low();
    const theirs = this.#agreed.connectionIds?.theirs;
    return this.#writer.seal(
      { type, content },
      { epoch: protectedEpoch, sequence, ...(theirs && { connectionId: theirs }) },
    );
  }

  /**
   * What is in a record of the peer, and whether none newer was seen before it; undefined for a record that is not the
   * peer's, came before, is too old, or lacks the connection id that was agreed on (RFC 9146 §3). "beyond": it is the
   * peer's, but beyond the reserve; it was not taken, and may be given again. "doubtful": it is the peer's, but nobody
   * knows whether it was taken before the restart, so it is not.
   */
  open(record: DtlsRecord): (PlainRecord & { readonly isNewest: boolean }) | "beyond" | "doubtful" | undefined {
    const expectsCid = (this.#agreed.connectionIds?.ours.length ?? 0) > 0;
    if (record.epoch !== protectedEpoch || expectsCid !== (record.type === contentType.tls12Cid)) return undefined;
    if (!isFresh(this.#window, record.sequence)) return this.#isDoubtful(record) ? "doubtful" : undefined;
    const plain = this.#reader.open(record);
    if (!plain) return undefined;
    if (record.sequence >= this.reserve.acceptedBelow) return "beyond";
    if (record.sequence >= this.reserve.acceptLow) this.reserve.low();
    const isNewest = record.sequence > this.#window.newest;
    this.#window = withSeen(this.#window, record.sequence);
    // Its peer has come further than all that was in doubt.
    if (isNewest) this.#doubtBelow = 0;
    return { ...plain, isNewest };
  }

  #isDoubtful(record: DtlsRecord): boolean {
    const { sequence } = record;
    if (sequence >= this.#doubtBelow || sequence < this.#doubtBelow - doubtRecordsMax) return false;
    if (this.#doubted >= doubtRecordsMax || !this.#reader.open(record)) return false;
    this.#doubted++;
    return true;
  }
}
