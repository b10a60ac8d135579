import type pg from "pg";
import { toInstant } from "./postgres-types.ts";

/** One line of the audit trail, of a timeline and of the webhook outbox: they are one table. */
export interface NewEvent {
  readonly at: number;
  /** A user's id, or "system", or "device". */
  readonly actor: string;
  /** e.g. "device.registered", "job.moved", "campaign.paused". */
  readonly kind: string;
  readonly deviceId?: string;
  readonly campaignId?: string;
  readonly jobId?: string;
  /** A sentence for people. */
  readonly message: string;
  /** Plain JSON. */
  readonly data?: unknown;
}

export interface StoredEvent extends NewEvent {
  /** Grows with every event; a decimal string, because it may outgrow a number. */
  readonly seq: string;
}

export interface EventFilter {
  readonly deviceId?: string;
  readonly campaignId?: string;
  readonly jobId?: string;
  /** Exactly this kind, or everything below it when it ends with a dot ("campaign."). */
  readonly kind?: string;
  /** The `seq` of the last event already seen; older ones follow. */
  readonly before?: string;
  readonly limit: number;
}

const batchMax = 5_000;

/** Appends any number of events. Give it the transaction's client to append them with what they tell of. */
export async function appendEvents(client: pg.Pool | pg.ClientBase, events: readonly NewEvent[]): Promise<void> {
  for (let at = 0; at < events.length; at += batchMax) {
    const part = events.slice(at, at + batchMax);
    const column = <T>(pick: (event: NewEvent) => T): T[] => part.map(pick);
    await client.query(
      `INSERT INTO "Event" ("at", "actor", "kind", "deviceId", "campaignId", "jobId", "message", "data")
       SELECT * FROM unnest($1::timestamp[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[])`,
      [
        column((event) => toInstant(event.at)),
        column((event) => event.actor),
        column((event) => event.kind),
        column((event) => event.deviceId ?? null),
        column((event) => event.campaignId ?? null),
        column((event) => event.jobId ?? null),
        column((event) => event.message),
        column((event) => (event.data === undefined ? null : JSON.stringify(event.data))),
      ],
    );
  }
}

/** Newest first, at most `limit`. */
export async function listEvents(client: pg.Pool | pg.ClientBase, filter: EventFilter): Promise<StoredEvent[]> {
  const values: unknown[] = [];
  const conditions: string[] = [];
  const hold = (sql: (parameter: string) => string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(sql(`$${values.length}`));
  };
  hold((p) => `"deviceId" = ${p}`, filter.deviceId);
  hold((p) => `"campaignId" = ${p}`, filter.campaignId);
  hold((p) => `"jobId" = ${p}`, filter.jobId);
  if (filter.kind?.endsWith(".") === true) hold((p) => `starts_with("kind", ${p})`, filter.kind);
  else hold((p) => `"kind" = ${p}`, filter.kind);
  hold((p) => `"seq" < ${p}::bigint`, filter.before);
  values.push(filter.limit);
  const { rows } = await client.query<EventRow>(
    `SELECT "seq", "at", "actor", "kind", "deviceId", "campaignId", "jobId", "message", "data" FROM "Event"
     ${conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`} ORDER BY "seq" DESC LIMIT $${values.length}`,
    values,
  );
  return rows.map(toEvent);
}

export async function countEvents(
  client: pg.Pool | pg.ClientBase,
  filter: Pick<EventFilter, "deviceId" | "campaignId" | "jobId">,
): Promise<number> {
  const { rows } = await client.query<{ events: bigint }>(
    `SELECT count(*) AS events FROM "Event" WHERE ($1::text IS NULL OR "deviceId" = $1)
     AND ($2::text IS NULL OR "campaignId" = $2) AND ($3::text IS NULL OR "jobId" = $3)`,
    [filter.deviceId ?? null, filter.campaignId ?? null, filter.jobId ?? null],
  );
  return Number(rows[0]?.events ?? 0);
}

interface EventRow {
  readonly seq: bigint;
  readonly at: Date;
  readonly actor: string;
  readonly kind: string;
  readonly deviceId: string | null;
  readonly campaignId: string | null;
  readonly jobId: string | null;
  readonly message: string;
  readonly data: unknown;
}

function toEvent(row: EventRow): StoredEvent {
  return {
    seq: String(row.seq),
    at: row.at.getTime(),
    actor: row.actor,
    kind: row.kind,
    ...(row.deviceId === null ? {} : { deviceId: row.deviceId }),
    ...(row.campaignId === null ? {} : { campaignId: row.campaignId }),
    ...(row.jobId === null ? {} : { jobId: row.jobId }),
    message: row.message,
    ...(row.data === null ? {} : { data: row.data }),
  };
}
