import type { Clock } from "@lamplighter/runtime/clock";
import { type Duration, milliseconds, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import pg from "pg";
import { reasonOf } from "./database-errors.ts";

/** Any number, as long as every Lamplighter uses the same: who holds this lock is the one server of a database. */
const serverLock = 727_469_010;
/** A server that was killed holds its lock until PostgreSQL notices that its connection is gone. */
const attemptsMax = 12;
const attemptEvery = milliseconds(250);
const againEvery = seconds(1);

/** Takes the lock for as long as this connection lives. False when a server (or a restore) works with the database. */
export async function takeServerLock(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ got: boolean }>("SELECT pg_try_advisory_lock($1) AS got", [serverLock]);
  return rows[0]?.got === true;
}

/** Makes this process the one server of its database, for as long as it is held. */
export interface HeldServerLock {
  release(): Promise<void>;
}

/**
 * Takes the lock on a connection of its own. Undefined when another server has it; throws what the connection throws.
 *
 * When the connection breaks (PostgreSQL was restarted, say) the lock is taken again as soon as that is possible.
 * `onTaken` is called when another server was faster: this one then has to end.
 */
export async function holdServerLock(options: {
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onTaken: () => void;
}): Promise<HeldServerLock | undefined> {
  const { url, clock, log, onTaken } = options;
  let released = false;
  let client: pg.Client | undefined;
  const pause = (duration: Duration) => new Promise<void>((resolve) => void clock.after(duration, resolve));

  async function take(): Promise<boolean> {
    const taker = new pg.Client({ connectionString: url, application_name: "lamplighter", keepAlive: true });
    taker.on("error", (error) => {
      if (released || client !== taker) return;
      client = undefined;
      log.warn("lost the connection that holds the server's lock; taking it again", { reason: error.message });
      void takeAgain();
    });
    try {
      await taker.connect();
      for (let attempt = 1; attempt <= attemptsMax; attempt++) {
        if (await takeServerLock(taker)) {
          client = taker;
          return true;
        }
        await pause(attemptEvery);
      }
    } catch (error) {
      await taker.end();
      throw error;
    }
    await taker.end();
    return false;
  }

  async function takeAgain(): Promise<void> {
    while (!released) {
      try {
        if (!(await take())) return onTaken();
        if (released) await client?.end();
        return;
      } catch (error) {
        log.debug("the server's lock cannot be taken yet", { reason: reasonOf(error) });
        await pause(againEvery);
      }
    }
  }

  if (!(await take())) return undefined;
  return {
    async release() {
      released = true;
      await client?.end();
    },
  };
}
