import { type Database, openDatabase } from "@lamplighter/db/client";
import { startEmbeddedDatabase } from "@lamplighter/db/embedded-database";
import { holdServerLock } from "@lamplighter/db/server-lock";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Log } from "@lamplighter/runtime/log";
import type { Config } from "./config.ts";
import type { Shutdown } from "./shutdown.ts";
import { StartFailure } from "./start-failure.ts";

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
  const beforeTables = async () => {
    const lock = await holdServerLock({
      ...{ url, clock, log },
      onTaken: () => {
        log.error("Another Lamplighter server works with this database now, so this one ends.");
        process.exitCode = 1;
        void shutdown.run(log).then(() => process.exit(1));
      },
    });
    if (!lock) throw new StartFailure(takenBy(config));
    shutdown.add("server lock", () => lock.release());
    isOurs = embedded !== undefined;
    if (embedded?.how === "adopted") {
      log.info("adopted the embedded database that an earlier server left running", { pid: embedded.pid });
    }
  };
  const database = await openDatabase({ url, log, beforeTables });
  shutdown.add("database connections", () => database.close());
  return database;
}

function takenBy({ databaseUrl, dataFolder }: Pick<Config, "databaseUrl" | "dataFolder">): string {
  return databaseUrl === undefined
    ? `The data folder ${dataFolder} is in use by another Lamplighter server. Stop that one, or give this one a LAMPLIGHTER_DATA_FOLDER of its own.`
    : "Another Lamplighter server works with the database of DATABASE_URL already. Stop that one, or give this one a database of its own.";
}
