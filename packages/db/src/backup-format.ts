/**
 * What a backup file is: a gzipped tar with, in this order,
 *
 * - `manifest.json`: what it is and which data version it holds,
 * - `tables/<Table>/<part>.jsonl`: rows as PostgreSQL's own JSON, one a line, in parts that fit in memory,
 * - `blobs/<sha256>`: the firmware images,
 * - `end.json`: how many rows each table has. A file without it was cut short and is refused.
 */
export interface BackupManifest {
  readonly format: "lamplighter-backup";
  readonly formatVersion: 1;
  readonly dataVersion: number;
  /** The migrations the tables had, so that older data is read into older tables and then brought up to date. */
  readonly migrations: readonly string[];
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

export interface BackupEnd {
  readonly rows: Readonly<Record<string, number>>;
  readonly blobs: number;
}

/** A table's rows go into parts of at most this many. */
export const rowsInPartMax = 2_000;

/**
 * Not in a backup: Prisma's record of migrations is made anew, nobody should be signed in by an old file, and a protected
 * connection that went on from an old file would use sequence numbers twice, which gives its key away.
 */
export const leftOut: ReadonlySet<string> = new Set([
  "_prisma_migrations",
  "Session",
  "Verification",
  "DtlsSession",
  "DtlsGeneration",
]);

/** The backup cannot be written, or the file cannot be restored. The message is one sentence for the operator. */
export class BackupRefused extends Error {
  override readonly name = "BackupRefused";
}
