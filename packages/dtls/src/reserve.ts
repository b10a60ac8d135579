import type { SessionMarks } from "./session-store.ts";

/**
 * Sequence numbers that are stored as used before they are. After a kill as many may be left out, and there are peers that
 * take no record more than 64 ahead of the last (node-dtls-client).
 */
export const sendAhead = 48;
/**
 * Records that may be taken before they are stored as taken. After a kill so many of a light's next records are refused as
 * if they had come before, so a quiet light has few, and a busy one as many as it needs not to wait.
 */
export const acceptAheadMin = 2;
export const acceptAheadMax = 64;
/** A connection that was just made: a light that registers is asked many things at once. */
export const acceptAheadAtFirst = 8;

/** What a connection may use of its sequence numbers until more is stored. The connection looks here at each record. */
export interface Reserve {
  sendBelow: number;
  acceptedBelow: number;
  /** From these on it is time to store more; {@link low} is called then. */
  sendLow: number;
  acceptLow: number;
  readonly low: () => void;
}

/** Of a connection that is not kept over a restart. */
export const unlimited: Readonly<Reserve> = {
  sendBelow: Number.POSITIVE_INFINITY,
  acceptedBelow: Number.POSITIVE_INFINITY,
  sendLow: Number.POSITIVE_INFINITY,
  acceptLow: Number.POSITIVE_INFINITY,
  low: () => {},
};

/** Where a connection stands: the number it writes next, and the newest that it took (−1: none). */
export interface Standing {
  readonly writeSequence: number;
  readonly newest: number;
}

/** A light gets ahead what it says in such a time: saves may gather and take that long. */
const aheadMilliseconds = 250;

/** How far ahead to store what a connection may take, when it took `since` records in the last so many milliseconds. */
export function acceptAheadFor(since: number, milliseconds: number): number {
  const soon = Math.ceil((since * aheadMilliseconds) / Math.max(1, milliseconds));
  return Math.min(acceptAheadMax, Math.max(acceptAheadMin, soon));
}

/** The marks to store for a connection, so far ahead of where it stands. */
export function marksAhead({ writeSequence, newest }: Standing, ahead: SessionMarks): SessionMarks {
  return { sendBelow: writeSequence + ahead.sendBelow, acceptedBelow: newest + 1 + ahead.acceptedBelow };
}

/**
 * Holds a connection to what storage may be about to hold: called before marks are written. Marks that come down, as for
 * a light that fell quiet, count at once; marks that go up count when they are stored.
 */
export function holdTo(reserve: Reserve, { sendBelow, acceptedBelow }: SessionMarks): void {
  setLimits(reserve, {
    sendBelow: Math.min(reserve.sendBelow, sendBelow),
    acceptedBelow: Math.min(reserve.acceptedBelow, acceptedBelow),
  });
}

/** Lets a connection go on to marks that are stored now. */
export function setLimits(reserve: Reserve, { sendBelow, acceptedBelow }: SessionMarks): void {
  reserve.sendBelow = sendBelow;
  reserve.acceptedBelow = acceptedBelow;
  reserve.sendLow = sendBelow - (sendAhead >> 1);
  reserve.acceptLow = acceptedBelow - 1;
}
