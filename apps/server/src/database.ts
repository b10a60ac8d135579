import { type Database, openDatabase } from "@lamplighter/db/client";
import { startEmbeddedDatabase } from "@lamplighter/db/embedded-database";
import { serverLock } from "@lamplighter/db/server-lock";
import type { Clock } from "@lamplighter/runtime/clock";
import { milliseconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { Config } from "./config.ts";
import type { Shutdown } from "./shutdown.ts";
import { StartFailure } from "./start-failure.ts";

/** A server that was killed holds its lock until PostgreSQL notices that its connection is gone. */
const lockAttemptsMax = 12;
const lockAttemptEvery = milliseconds(250);

/** Opens the operator's database, or our own. Only one server works on it at a time. */
export async function openServerDatabase(
  config: Pick<Config, "databaseUrl" | "dataFolder">,
  { clock, log, shutdown }: { clock: Clock; log: Log; shutdown: Shutdown },
): Promise<Database> {
  let url = config.databaseUrl;
  let embedded: Awaited<ReturnType<typeof startEmbeddedDatabase>> | undefined;
  if (url === undefined) {
    embedded = await startEmbeddedDatabase({ dataFolder: config.dataFolder, clock, log });
    url = embedded.url;
  }
  // Ours to stop only when this process is its one server: another one may be using what we merely found running.
  let isOurs = embedded?.how === "started";
  shutdown.add("database", async () => {
    if (isOurs) await embedded?.stop();
  });
  const database = await openDatabase({ url, log });
  shutdown.add("database connections", () => database.close());
  const connection = await database.pool.connect();
  shutdown.add("server lock", () => connection.release(true));
  for (let attempt = 1; ; attempt++) {
    const { rows } = await connection.query<{ got: boolean }>("SELECT pg_try_advisory_lock($1) AS got", [serverLock]);
    if (rows[0]?.got) break;
    if (attempt >= lockAttemptsMax) {
      throw new StartFailure(
        "Another Lamplighter server works with this database already. Stop it, or give this one a LAMPLIGHTER_DATA_FOLDER or DATABASE_URL of its own.",
      );
    }
    await new Promise<void>((resolve) => clock.after(lockAttemptEvery, resolve));
  }
  isOurs = embedded !== undefined;
  return database;
}
