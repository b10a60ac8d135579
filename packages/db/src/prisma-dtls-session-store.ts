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

/** The rows belong to a server that was started later; this one must not write them. */
export class NotOurSessions extends Error {
  override readonly name = "NotOurSessions";
}

/**
 * Keeps protected connections in PostgreSQL, many in one statement. A batch is stored whole or not at all.
 *
 * Marks that go back would have numbers used twice, so: only the server whose start the {@link DtlsGeneration} names may
 * write, and a save that was carried out late, as over a connection that broke, undoes no later one.
 */
export class PrismaDtlsSessionStore implements DtlsSessionStore {
  readonly #pool: pg.Pool;
  readonly #boot: string;
  #batch = 0;

  /** `boot` names this start of the server; see {@link writeDtlsGeneration}. */
  constructor({ pool, boot }: { readonly pool: pg.Pool; readonly boot: string }) {
    this.#pool = pool;
    this.#boot = boot;
  }

  async takeUp({ sendBelow, acceptedBelow }: SessionMarks): Promise<readonly StoredSession[]> {
    const { rows } = await this.#pool.query<Row>(takeUp, [sendBelow, acceptedBelow]);
    return rows.map((row) => ({ ...row, sealed: Uint8Array.from(row.sealed) }));
  }

  async save(batch: SessionBatch): Promise<void> {
    const statements = statementsOf(batch, ++this.#batch);
    if (statements.length === 0) return;
    await inTransaction(this.#pool, async (client) => {
      // Held to the end: a server that starts meanwhile waits with its own name until this is stored.
      const { rowCount } = await client.query(ofThisStart, [this.#boot]);
      if (rowCount !== 1)
        throw new NotOurSessions("Protected connections are kept by a server that was started later.");
      await inTurn(client, statements);
    });
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

/** Moves the generation on; false when the database is not where this server left it. */
export async function tickDtlsGeneration(pool: pg.Pool, { boot, tick }: DtlsGeneration): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE "DtlsGeneration" SET "tick" = $2 WHERE "id" = 1 AND "boot" = $1 AND "tick" = $2 - 1`,
    [boot, tick],
  );
  return rowCount === 1;
}

interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

async function inTurn(client: pg.PoolClient, statements: readonly Statement[]): Promise<void> {
  for (const { text, values } of statements) await client.query(text, values);
}

function statementsOf({ put, progress, remove }: SessionBatch, batch: number): Statement[] {
  const statements: Statement[] = [];
  // Sorted, so that two writers never wait for each other in a circle.
  const byName = <T extends { readonly name: string }>(rows: readonly T[]) =>
    rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (put.length > 0) {
    const rows = byName(put);
    const more = [rows.map(({ sealed }) => sealed), rows.map((row) => at(row.connectedAt)), batch];
    const values = [...columnsOf(rows), ...more];
    statements.push({ text: putSessions, values });
  }
  if (progress.length > 0) statements.push({ text: progressSessions, values: [...columnsOf(byName(progress)), batch] });
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

const ofThisStart = `SELECT 1 FROM "DtlsGeneration" WHERE "id" = 1 AND "boot" = $1 FOR SHARE`;

/** $1, $2: what is added to the marks. Numbers below 2^53 are exact as float8. */
const takeUp = `
  UPDATE "DtlsSession" SET "sendBelow" = "sendBelow" + $1, "acceptedBelow" = "acceptedBelow" + $2, "batch" = 0
  RETURNING "name", "sealed", ("sendBelow" - $1)::float8 AS "sendBelow", ("acceptedBelow" - $2)::float8 AS "acceptedBelow",
    "udpAddress", (extract(epoch FROM "connectedAt") * 1000)::float8 AS "connectedAt",
    (extract(epoch FROM "heardAt") * 1000)::float8 AS "heardAt"`;

const putSessions = `
  INSERT INTO "DtlsSession" ("name", "sendBelow", "acceptedBelow", "udpAddress", "heardAt", "sealed", "connectedAt", "batch")
  SELECT *, $8::bigint FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamp[], $6::bytea[], $7::timestamp[])
  ON CONFLICT ("name") DO UPDATE SET "sendBelow" = EXCLUDED."sendBelow", "acceptedBelow" = EXCLUDED."acceptedBelow",
    "udpAddress" = EXCLUDED."udpAddress", "heardAt" = EXCLUDED."heardAt", "batch" = EXCLUDED."batch"
  WHERE "DtlsSession"."batch" < EXCLUDED."batch"`;

const progressSessions = `
  UPDATE "DtlsSession" SET "sendBelow" = fresh.send, "acceptedBelow" = fresh.accepted, "udpAddress" = fresh.address,
    "heardAt" = fresh.heard, "batch" = $6
  FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamp[])
    AS fresh(name, send, accepted, address, heard)
  WHERE "DtlsSession"."name" = fresh.name AND "DtlsSession"."batch" < $6`;
