import type pg from "pg";
import { codeOf } from "./database-errors.ts";

/** Two transactions that wait for each other, or a unique row that somebody else wrote just now: ask again. */
const worthRetrying = new Set(["40001", "40P01", "23505"]);
const attemptsMax = 5;

/**
 * Runs `work` in one transaction: all of it happens or nothing does. Runs it again, from its start, when the database
 * ended it in favour of another one; so `work` must have no effect outside the database.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      client.release();
      return result;
    } catch (error) {
      // A connection that cannot even roll back is thrown away, and the server rolls back for us.
      const rolledBack = await client.query("ROLLBACK").then(
        () => true,
        () => false,
      );
      client.release(!rolledBack);
      if (attempt >= attemptsMax || !worthRetrying.has(codeOf(error) ?? "")) throw error;
    }
  }
}
