/** Records this far behind the newest are refused unseen (RFC 6347 §4.1.2.6 asks for at least 32). */
export const replayWindowRecords = 64;

/** Which records of one epoch were seen: the newest, and a bit for each of those shortly before it. */
export interface ReplayWindow {
  /** The newest sequence number seen; −1 before the first. */
  readonly newest: number;
  /** Bit n: `newest` − n was seen. */
  readonly seen: bigint;
}

export const nothingSeen: ReplayWindow = { newest: -1, seen: 0n };

/** Everything below a number counts as seen: where it is not known any more what was. */
export function allSeenBelow(sequence: number): ReplayWindow {
  return sequence === 0 ? nothingSeen : { newest: sequence - 1, seen: mask };
}

const mask = (1n << BigInt(replayWindowRecords)) - 1n;

/** Whether a record may still be looked at. Asked before it is opened; it is entered only after it was proved genuine. */
export function isFresh({ newest, seen }: ReplayWindow, sequence: number): boolean {
  if (sequence > newest) return true;
  const behind = newest - sequence;
  return behind < replayWindowRecords && (seen & (1n << BigInt(behind))) === 0n;
}

/** The window after a genuine record. */
export function withSeen(window: ReplayWindow, sequence: number): ReplayWindow {
  const { newest, seen } = window;
  if (sequence <= newest) return { newest, seen: seen | (1n << BigInt(newest - sequence)) };
  const ahead = sequence - newest;
  const shifted = newest < 0 || ahead >= replayWindowRecords ? 0n : (seen << BigInt(ahead)) & mask;
  return { newest: sequence, seen: shifted | 1n };
}
