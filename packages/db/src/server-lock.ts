import type pg from "pg";

/** Any number, as long as every Lamplighter uses the same: who holds this lock is the one server of a database. */
export const serverLock = 727_469_010;

/** Takes the lock for as long as this connection lives. False when a server (or a restore) works with the database. */
export async function takeServerLock(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ got: boolean }>("SELECT pg_try_advisory_lock($1) AS got", [serverLock]);
  return rows[0]?.got === true;
}
