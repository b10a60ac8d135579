import type {
  DtlsSessionStore,
  SessionBatch,
  SessionMarks,
  SessionProgress,
  StoredSession,
} from "@lamplighter/dtls/session-store";
import type pg from "pg";
import { inTransaction } from "./transaction.ts";

interface Row extends Omit<StoredSession, "sealed"> {
  readonly sealed: Buffer;
}

/** Keeps protected connections in PostgreSQL, many in one statement. A batch is stored whole or not at all. */
export class PrismaDtlsSessionStore implements DtlsSessionStore {
  readonly #pool: pg.Pool;

  constructor({ pool }: { readonly pool: pg.Pool }) {
    this.#pool = pool;
  }

  async takeUp({ sendBelow, acceptedBelow }: SessionMarks): Promise<readonly StoredSession[]> {
    const { rows } = await this.#pool.query<Row>(takeUp, [sendBelow, acceptedBelow]);
    return rows.map((row) => ({ ...row, sealed: Uint8Array.from(row.sealed) }));
  }

  async save(batch: SessionBatch): Promise<void> {
    const statements = statementsOf(batch);
    const [first, ...more] = statements;
    if (!first) return;
    // A statement alone is a transaction of its own.
    if (more.length === 0) await this.#pool.query(first.text, first.values);
    else await inTransaction(this.#pool, (client) => inTurn(client, statements));
  }

  async clear(): Promise<number> {
    const { rowCount } = await this.#pool.query(`DELETE FROM "DtlsSession"`);
    return rowCount ?? 0;
  }
}

/** Which start of the server the stored connections are of. */
export interface DtlsGeneration {
  readonly boot: string;
  readonly tick: number;
}

export async function readDtlsGeneration(pool: pg.Pool): Promise<DtlsGeneration | undefined> {
  const { rows } = await pool.query<DtlsGeneration>(`SELECT "boot", "tick" FROM "DtlsGeneration" WHERE "id" = 1`);
  return rows[0];
}

export async function writeDtlsGeneration(pool: pg.Pool, { boot, tick }: DtlsGeneration): Promise<void> {
  await pool.query(
    `INSERT INTO "DtlsGeneration" ("id", "boot", "tick") VALUES (1, $1, $2)
     ON CONFLICT ("id") DO UPDATE SET "boot" = EXCLUDED."boot", "tick" = EXCLUDED."tick"`,
    [boot, tick],
  );
}

interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

async function inTurn(client: pg.PoolClient, statements: readonly Statement[]): Promise<void> {
  for (const { text, values } of statements) await client.query(text, values);
}

function statementsOf({ put, progress, remove }: SessionBatch): Statement[] {
  const statements: Statement[] = [];
  // Sorted, so that two writers never wait for each other in a circle.
  const byName = <T extends { readonly name: string }>(rows: readonly T[]) =>
    rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (put.length > 0) {
    const rows = byName(put);
    const values = [...columnsOf(rows), rows.map(({ sealed }) => sealed), rows.map((row) => at(row.connectedAt))];
    statements.push({ text: putSessions, values });
  }
  if (progress.length > 0) statements.push({ text: progressSessions, values: columnsOf(byName(progress)) });
  if (remove.length > 0)
    statements.push({ text: `DELETE FROM "DtlsSession" WHERE "name" = ANY($1)`, values: [remove] });
  return statements;
}

function columnsOf(rows: readonly SessionProgress[]): unknown[][] {
  return [
    rows.map(({ name }) => name),
    rows.map(({ sendBelow }) => sendBelow),
    rows.map(({ acceptedBelow }) => acceptedBelow),
    rows.map(({ udpAddress }) => udpAddress),
    rows.map(({ heardAt }) => at(heardAt)),
  ];
}

const at = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** $1, $2: what is added to the marks. Numbers below 2^53 are exact as float8. */
const takeUp = `
  UPDATE "DtlsSession" SET "sendBelow" = "sendBelow" + $1, "acceptedBelow" = "acceptedBelow" + $2
  RETURNING "name", "sealed", ("sendBelow" - $1)::float8 AS "sendBelow", ("acceptedBelow" - $2)::float8 AS "acceptedBelow",
    "udpAddress", (extract(epoch FROM "connectedAt") * 1000)::float8 AS "connectedAt",
    (extract(epoch FROM "heardAt") * 1000)::float8 AS "heardAt"`;

const putSessions = `
  INSERT INTO "DtlsSession" ("name", "sendBelow", "acceptedBelow", "udpAddress", "heardAt", "sealed", "connectedAt")
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamp[], $6::bytea[], $7::timestamp[])
  ON CONFLICT ("name") DO UPDATE SET "sendBelow" = EXCLUDED."sendBelow", "acceptedBelow" = EXCLUDED."acceptedBelow",
    "udpAddress" = EXCLUDED."udpAddress", "heardAt" = EXCLUDED."heardAt"`;

const progressSessions = `
  UPDATE "DtlsSession" SET "sendBelow" = fresh.send, "acceptedBelow" = fresh.accepted, "udpAddress" = fresh.address,
    "heardAt" = fresh.heard
  FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamp[])
    AS fresh(name, send, accepted, address, heard)
  WHERE "DtlsSession"."name" = fresh.name`;
