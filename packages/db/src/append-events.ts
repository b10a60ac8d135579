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
