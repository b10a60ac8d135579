import type { Prisma, PrismaClient } from "@lamplighter/db/generated/client";
import type { Clock } from "@lamplighter/runtime/clock";

/** Something a person or the system did, for the timeline and the audit. */
export interface Happening {
  readonly actor: string;
  /** `area.verb`, e.g. `device.removed`. */
  readonly kind: string;
  /** A sentence. */
  readonly message: string;
  readonly deviceId?: string;
  readonly campaignId?: string;
  readonly jobId?: string;
  readonly data?: Prisma.InputJsonObject;
}

type Writer = Pick<PrismaClient, "event">;

/** Appends to the audit. Handed a transaction, it is written with what it tells of, or not at all. */
export async function recordEvent({ db, clock }: { db: Writer; clock: Clock }, happening: Happening): Promise<void> {
  await db.event.create({ data: { at: clock.now(), ...happening } });
}
