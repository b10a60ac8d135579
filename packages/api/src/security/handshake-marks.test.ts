import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { promoteCredential } from "./handshake-marks.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

test("a new key that is replaced in the moment of its first use does not come back, nor end the one put in its place", async () => {
  const { security } = world.admin;
  const { db, clock } = world.services;
  const endpoint = "raced";
  await security.setCredential({ endpoint, mode: "psk" });
  const { credential } = await security.rotate({ endpoint, how: "by-hand" });
  await using other = await connected();
  await other.query(`UPDATE "Credential" SET "state" = 'retired', "sealedKey" = NULL WHERE "endpoint" = $1`, [
    endpoint,
  ]);
  const promoted = promoteCredential(db, credential.id, clock.now());
  await until(async () => (await world.database.pool.query(waiting)).rowCount === 1);
  await other.query(
    `INSERT INTO "Credential" ("id", "endpoint", "purpose", "mode", "state", "source", "createdAt", "createdBy", "updatedAt")
     VALUES ('placed', $1, 'server', 'no-sec', 'active', 'generated', now(), 'x', now())`,
    [endpoint],
  );
  await other.query("COMMIT");
  expect(await promoted).toBeUndefined();
  const rows = await db.credential.findMany({ where: { endpoint, state: { not: "retired" } } });
  expect(rows.map(({ id, state }) => `${id} ${state}`)).toEqual(["placed active"]);
});

const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;

async function connected() {
  const client = await world.database.pool.connect();
  await client.query("BEGIN");
  return {
    query: (text: string, values: unknown[] = []) => client.query(text, values),
    async [Symbol.asyncDispose]() {
      client.release();
    },
  };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}
