import { randomUUID } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Database } from "@lamplighter/db/client";
import {
  type DtlsGeneration,
  PrismaDtlsSessionStore,
  readDtlsGeneration,
  tickDtlsGeneration,
  writeDtlsGeneration,
} from "@lamplighter/db/prisma-dtls-session-store";
import { sendAhead } from "@lamplighter/dtls/reserve";
import type { DtlsServerPort } from "@lamplighter/dtls/server-port";
import { SessionKeeper } from "@lamplighter/dtls/session-keeper";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { type Duration, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { SealedBox } from "@lamplighter/runtime/sealed-box";
import { z } from "zod";

/** How often the generation moves on. A copy of the database that is older than two of these is known as one. */
const tickEvery: Duration = seconds(10);
/** What a restored connection may use before anything is stored again. */
// Nothing of what a light says: else each kill would put two more of a silent light's numbers in doubt.
const ahead = { sendBelow: sendAhead, acceptedBelow: 0 };

const generationShape = z.object({ boot: z.string().min(1).max(100), tick: z.int().min(0) });

/**
 * Opens what protected connections are continued from after a restart.
 *
 * A copy of the database put back, by whatever tool, would rewind the marks, and numbers would be used a second time
 * (which gives the key of a connection away). So the data folder holds a generation beside the database's: a fresh name
 * at each start and a tick that moves on while the server runs, written there first. Where the two do not fit, all
 * connections are dropped, and lights make new ones. Not defended: a copy less than {@link tickEvery} × 2 old, put back
 * while the server is down; our own `restore` brings no connections at all.
 */
export async function openDtlsSessions(parts: {
  readonly pool: Database["pool"];
  readonly dataFolder: string;
  readonly box: SealedBox;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<DtlsSessions> {
  const { pool, dataFolder, log } = parts;
  const file = join(dataFolder, "dtls-generation.json");
  const boot = randomUUID();
  const store = new PrismaDtlsSessionStore({ pool, boot });
  const why = whyNotOurs(await readGenerationFile(file), await readDtlsGeneration(pool));
  if (why !== undefined) {
    const dropped = await store.clear();
    if (dropped > 0) log.warn(`Protected connections are made anew: ${why}`, { dropped });
  }
  const sessions = new DtlsSessions({ ...parts, store, file, boot });
  await sessions.begin();
  return sessions;
}

interface SessionParts {
  readonly pool: Database["pool"];
  readonly box: SealedBox;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: PrismaDtlsSessionStore;
  readonly file: string;
  /** Names this start of the server. */
  readonly boot: string;
}

/** Protected connections over restarts, of one server. */
export class DtlsSessions {
  readonly keeper: SessionKeeper;
  readonly #parts: SessionParts;
  #generation: DtlsGeneration;
  #alarm: Cancel = () => {};
  #isStopped = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    const { store, box, clock, log } = parts;
    this.#generation = { boot: parts.boot, tick: 0 };
    this.keeper = new SessionKeeper({ store, box, clock, log });
  }

  /** Takes up the connections of the server before. Call it before devices are served. */
  async restore(port: DtlsServerPort): Promise<void> {
    const { store, box, log } = this.#parts;
    const stored = await store.takeUp(ahead);
    const restored = port.restore(stored, box, ahead);
    if (stored.length > 0) log.info("took up protected connections", { restored, dropped: stored.length - restored });
  }

  /** The file first: a database that says more than the file is then never taken for ours. */
  async begin(): Promise<void> {
    await writeGenerationFile(this.#parts.file, this.#generation);
    await writeDtlsGeneration(this.#parts.pool, this.#generation);
    this.#tickLater();
  }

  /** Stores where every connection stands. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#alarm();
    await this.keeper.stop();
  }

  #tickLater(): void {
    this.#alarm = this.#parts.clock.after(tickEvery, async () => {
      await this.#tick().catch((error: unknown) => {
        // Tried again. At a start before that the connections are dropped at worst: safe, and dear.
        this.#parts.log.warn("the generation of protected connections could not be written", { error });
      });
      if (!this.#isStopped) this.#tickLater();
    });
  }

  async #tick(): Promise<void> {
    const { pool, file, log } = this.#parts;
    const { boot, tick } = this.#generation;
    const next = { boot, tick: tick + 1 };
    await writeGenerationFile(file, next);
    if (await tickDtlsGeneration(pool, next)) {
      this.#generation = next;
      return;
    }
    // Whether it was this very tick, whose answer was lost, is not worth finding out.
    const row = await readDtlsGeneration(pool);
    if (row?.boot === boot && row.tick === next.tick) {
      this.#generation = next;
      return;
    }
    log.error(
      "The database was put back under this server: protected connections will be made anew at the next start.",
    );
    this.#isStopped = true;
    await writeGenerationFile(file, { boot: randomUUID(), tick: 0 });
  }
}

/** Why the stored connections must not be used; undefined when they may be. */
export function whyNotOurs(file: DtlsGeneration | undefined, row: DtlsGeneration | undefined): string | undefined {
  if (!file) return "the data folder does not say of which start they are.";
  if (!row) return "the database does not say of which start they are.";
  if (file.boot !== row.boot) return "the database is not of the last start of this server.";
  // Between the two writes of one tick the file is one ahead.
  if (row.tick !== file.tick && row.tick !== file.tick - 1) return "the database is an older copy of itself.";
  return undefined;
}

async function readGenerationFile(file: string): Promise<DtlsGeneration | undefined> {
  try {
    return generationShape.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    // Not there, or not whole: what it would vouch for is dropped either way.
    return undefined;
  }
}

/** Written whole, and on the disk when it resolves. */
async function writeGenerationFile(file: string, generation: DtlsGeneration): Promise<void> {
  const draft = `${file}.draft`;
  await using handle = await open(draft, "w", 0o600);
  await handle.writeFile(JSON.stringify(generation));
  await handle.sync();
  await rename(draft, file);
  // Its new name is in the folder, which is written for itself.
  await using folder = await open(dirname(file), "r");
  await folder.sync();
}
