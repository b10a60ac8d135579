import type { PrismaClient } from "@lamplighter/db/generated/client";
import type { Clock } from "@lamplighter/runtime/clock";
import { bootstrapActor } from "../security/change-credentials.ts";

/** A light in queue mode listens this long after its last message, then it sleeps (MAX_TRANSMIT_WAIT, RFC 7252 §4.8.2). */
const awakeMilliseconds = 93_000;

/**
 * Lights that may come in, for the gate: those of the inventory, but for those that still wait for a person, and those
 * that a person gave a key. One that a bootstrap made lets nobody in: whoever asks a bootstrap server gets one.
 */
export async function knownEndpoints(db: PrismaClient): Promise<string[]> {
  const rows = await db.$queryRaw<{ endpoint: string }[]>`
    SELECT "endpoint" FROM "Device" WHERE "presence" <> 'pending'
    UNION SELECT "endpoint" FROM "Credential" WHERE "state" <> 'retired' AND "createdBy" <> ${bootstrapActor}`;
  return rows.map(({ endpoint }) => endpoint);
}

/** After a start: lights that count as present but have no registration any more went while nobody looked. */
export async function markGone(db: PrismaClient): Promise<void> {
  await db.$executeRaw`
    UPDATE "Device" SET "presence" = 'offline' WHERE "presence" IN ('online', 'sleeping')
      AND NOT EXISTS (SELECT 1 FROM "Registration" WHERE "Registration"."endpoint" = "Device"."endpoint")`;
}

/** Marks lights in queue mode that were not heard of for a while as sleeping. Returns which. */
export async function markSleeping({ db, clock }: { db: PrismaClient; clock: Clock }): Promise<string[]> {
  const before = new Date(clock.now().getTime() - awakeMilliseconds);
  const rows = await db.$queryRaw<{ id: string }[]>`
    UPDATE "Device" SET "presence" = 'sleeping'
    WHERE "presence" = 'online' AND "queueMode" AND "lastSeenAt" < ${before} RETURNING "id"`;
  return rows.map(({ id }) => id);
}
