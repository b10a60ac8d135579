import type { Prisma } from "@lamplighter/db/generated/client";
import { retireCredentials } from "@lamplighter/db/prisma-credential-store";
import { minutes } from "@lamplighter/runtime/duration";
import type { SignedIn } from "../context.ts";
import { recordEvent } from "../event/record.ts";
import { Problem } from "../problem.ts";
import { asRetired } from "../security/change-credentials.ts";
import { activeJobs } from "./device-view.ts";
import { leaveCampaigns } from "./leave-campaigns.ts";

/** Lights removed in one transaction. */
const chunk = 2_000;
/** The longest that one such transaction may take: every light has readings, jobs and history. */
const removalMax = minutes(1);
/** Lights named in the audit, one event each. Beyond, one event tells their number. */
const namedMax = 200;

/**
 * Removes lights, their readings, history and jobs, and ends their registrations. Refused while a campaign drives one of
 * them: its figures would no longer add up. A light that is removed loses its keys too: one that was thrown away, or
 * stolen, must not come in with them. One that is turned away keeps what a person gave it.
 */
export async function removeDevices(
  ctx: SignedIn,
  where: Prisma.DeviceWhereInput,
  kind: "device.removed" | "device.rejected",
): Promise<{ lights: number }> {
  const { db, clock, actor, lights, enrolment, live, security } = ctx;
  const devices = await db.device.findMany({ where, select: { id: true, endpoint: true } });
  const ids = new Set(devices.map(({ id }) => id));
  for (const [deviceId, job] of await activeJobs(db)) {
    if (!ids.has(deviceId)) continue;
    throw new Problem(
      "active-job",
      `Campaign "${job.campaignName}" is updating some of these lights. Wait for it, or cancel it first.`,
    );
  }
  await refuseUnfinished(ctx, where);
  const verb = kind === "device.removed" ? "Removed" : "Rejected";
  let removed = 0;
  for (let start = 0; start < devices.length; start += chunk) {
    const { part, keys } = await db.$transaction(
      async (db) => {
        const wanted = devices.slice(start, start + chunk).map(({ id }) => id);
        // Held until the end: somebody may let these lights in at the same moment, and then they stay.
        await db.$queryRaw`SELECT "id" FROM "Device" WHERE "id" = ANY(${wanted}) ORDER BY "id" FOR UPDATE`;
        const still = { AND: [where, { id: { in: wanted } }] };
        const part = await db.device.findMany({ where: still, select: { id: true, endpoint: true } });
        const ids = part.map(({ id }) => id);
        await leaveCampaigns(db, ids);
        await db.device.deleteMany({ where: { id: { in: ids } } });
        const endpoints = part.map(({ endpoint }) => endpoint);
        const keys = await credentialsOf(db, kind === "device.removed" ? endpoints : []);
        await retireCredentials(
          db,
          keys.map(({ id }) => id),
          clock.now(),
        );
        if (devices.length > namedMax) return { part, keys };
        await db.event.createMany({
          data: part.map(({ id, endpoint }) => ({
            at: clock.now(),
            actor: actor.id,
            kind,
            deviceId: id,
            message: `${verb} light ${endpoint}.`,
          })),
        });
        return { part, keys };
      },
      { timeout: removalMax },
    );
    security.store.took(keys.map(asRetired));
    removed += part.length;
    for (const { id, endpoint } of part) {
      enrolment.forget(endpoint);
      lights.deregister(endpoint);
      lights.queue.forget(endpoint);
      live.note({ kind: "device", deviceId: id });
    }
  }
  if (devices.length > namedMax) {
    await recordEvent(ctx, { actor: actor.id, kind, message: `${verb} ${removed} lights.` });
  }
  live.note({ kind: "groups" });
  return { lights: removed };
}

const credentialsOf = (db: Pick<SignedIn["db"], "credential">, endpoints: string[]) =>
  db.credential.findMany({ where: { endpoint: { in: endpoints }, state: { not: "retired" } } });

/** A light that an unfinished campaign still waits for cannot go either: it would vanish from the campaign's total. */
async function refuseUnfinished({ db }: SignedIn, where: Prisma.DeviceWhereInput): Promise<void> {
  const waiting = await db.job.findFirst({
    where: { state: { in: ["planned", "queued"] }, device: where, campaign: { state: { not: "draft" } } },
    select: { campaign: { select: { name: true } } },
  });
  if (!waiting) return;
  throw new Problem(
    "active-job",
    `Campaign "${waiting.campaign.name}" still waits for some of these lights. Cancel it first, or wait until it ends.`,
  );
}
