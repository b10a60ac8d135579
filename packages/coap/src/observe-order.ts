import { type Duration, seconds } from "@lamplighter/runtime/duration";

/** Where an observation's sequence stands: the newest number taken, and when it came (monotonic ms). */
export interface SequencePoint {
  readonly sequence: number;
  readonly at: number;
}

/** After this long without a notification, any number is fresh (RFC 7641 §3.4). */
export const freshAfter: Duration = seconds(128);

/** Whether a notification is newer than the newest taken so far, by 24-bit serial arithmetic (RFC 7641 §3.4). */
export function isFresher(candidate: SequencePoint, newest: SequencePoint): boolean {
  const half = 2 ** 23;
  const [v1, v2] = [newest.sequence, candidate.sequence];
  return (v1 < v2 && v2 - v1 < half) || (v1 > v2 && v1 - v2 > half) || candidate.at > newest.at + freshAfter;
}

/** The sequence number after this one; it wraps at 24 bits (RFC 7641 §3.4). */
export const nextSequence = (sequence: number): number => (sequence + 1) & 0xffffff;
