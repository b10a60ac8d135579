import type { PrismaClient } from "@lamplighter/db/generated/client";
import { PrismaBootstrapStore } from "@lamplighter/db/prisma-bootstrap-store";
import type { BootstrapServerEvent } from "@lamplighter/lwm2m/bootstrap/server";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Log } from "@lamplighter/runtime/log";
import { recordEvent } from "../event/record.ts";
import { lightsIn } from "../group/view.ts";
import type { LiveFeed } from "../live/feed.ts";

/** Refusals written to the audit in an hour. Whoever makes up names must not fill it; the rest are counted and in the history. */
const refusalsPerHourMax = 60;
const hourMilliseconds = 3_600_000;

/** Configurations and history of the bootstrap server in this installation's database. */
export function bootstrapStore(db: PrismaClient): PrismaBootstrapStore {
  return new PrismaBootstrapStore({
    db,
    // A group whose query leads nowhere holds nobody; the light gets what is for all.
    isInGroup: async (endpoint, groupId) => (await lightsIn(db, { endpoint }, groupId)).lights > 0,
  });
}

export interface BootstrapListenerParts {
  readonly db: PrismaClient;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent in a process that serves no console. */
  readonly live?: LiveFeed;
  /** An address as people know it: of a light behind DTLS the engine knows the connection only. */
  readonly shown?: (address: string) => string;
}

/** Writes to the audit what the bootstrap server tells: how each bootstrap ended, and who was refused. */
export function bootstrapListener({ db, clock, log, live, shown = (address) => address }: BootstrapListenerParts) {
  let refusals = 0;
  let hour = -1;
  return (event: BootstrapServerEvent): void => {
    if (event.kind === "began") return;
    live?.note({ kind: "bootstraps" });
    if (event.kind === "refused") {
      const now = Math.floor(clock.monotonic() / hourMilliseconds);
      if (now !== hour) [hour, refusals] = [now, 0];
      if (++refusals > refusalsPerHourMax) return;
    }
    const endpoint = event.kind === "refused" ? event.endpoint : event.record.endpoint;
    const written = db.device.findUnique({ where: { endpoint }, select: { id: true } }).then((device) =>
      recordEvent(
        { db, clock },
        {
          actor: "device",
          kind: event.kind === "refused" ? "bootstrap.refused" : `bootstrap.${event.record.outcome}`,
          message:
            event.kind === "refused"
              ? `${endpoint} (${shown(event.address)}) asked for a bootstrap and was refused with ${event.code}: ${event.why}`
              : `Bootstrap of ${endpoint} ${endings[event.record.outcome]}`,
          ...(device && { deviceId: device.id }),
        },
      ),
    );
    written.catch((error: unknown) => log.error("a bootstrap could not be written to the audit", { endpoint, error }));
  };
}

type Ended = Extract<BootstrapServerEvent, { kind: "ended" }>["record"]["outcome"];

const endings: Readonly<Record<Ended, string>> = {
  finished: "is finished: the light took everything.",
  "finished-in-part": "is finished, but the light refused some of what was written.",
  inconsistent: "failed: the light says that its accounts do not fit together (4.06).",
  "finish-refused": "failed: the light did not accept the end of it.",
  silent: "failed: the light stopped answering.",
  "too-late": "failed: it was not finished within 247 seconds.",
  replaced: "was given up, because the light asked anew.",
  stopped: "was cut off, because the server was stopped.",
  refused: "was refused: there is no configuration for it.",
  packed: "is done: the light took everything in one answer.",
};
