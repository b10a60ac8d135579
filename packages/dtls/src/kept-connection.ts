import type { Address } from "@lamplighter/runtime/datagram";
import type { LiveConnection } from "./connection-table.ts";
import type { DtlsRecord } from "./record.ts";
import type { Reserve } from "./reserve.ts";

/** A connection that is stored while it is used, with what it has in reserve and what waits for more of that. */
export interface KeptConnection {
  readonly live: LiveConnection;
  readonly reserve: Reserve;
  readonly proof: Uint8Array;
  /** Its row is still to be put. */
  isNew: boolean;
  /** Who waits for that; told as well when it fails, for lights are to come in while the store is away. */
  tell?: (() => void) | undefined;
  /** A row of it may be in the store. */
  isWritten: boolean;
  /** The newest record taken when its marks were last written. */
  newestThen: number;
  /** When they were, on the monotonic clock. */
  markedAt: number;
  /** The newest when it was last looked whether the light fell quiet. */
  newestAtLook: number;
  acceptAhead: number;
  readonly in: { readonly from: Address; readonly record: DtlsRecord }[];
  readonly out: { readonly type: number; readonly content: Uint8Array }[];
}

/** Calls back whoever waits for its row, once. */
export function tell(kept: KeptConnection): void {
  const { tell } = kept;
  kept.tell = undefined;
  tell?.();
}

/** How far both sides have come. */
export function standingOf({ live: { connection } }: KeptConnection): {
  readonly writeSequence: number;
  readonly newest: number;
} {
  const { writeSequence, window } = connection.progress;
  return { writeSequence, newest: window.newest };
}

/** Where a connection is to be able to get: those of its records that wait came, so they may be taken. */
export function aimOf(kept: KeptConnection): { readonly writeSequence: number; readonly newest: number } {
  const { writeSequence, newest } = standingOf(kept);
  return { writeSequence, newest: Math.max(newest, ...kept.in.map(({ record }) => record.sequence)) };
}
