import type { Device, Prisma } from "@lamplighter/db/generated/client";
import type { Clock } from "@lamplighter/runtime/clock";
import type { DeviceRecord } from "./writer-sql.ts";

type Writer = Pick<Prisma.TransactionClient, "job" | "firmwareSighting" | "event">;

/** Writes down each light whose version is not the one it had, and the campaign that brought it, if one did. */
export async function insertSightings(
  { db, clock, newId }: { db: Writer; clock: Clock; newId: () => string },
  records: readonly DeviceRecord[],
  before: ReadonlyMap<string, Device>,
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  const sighted = records.flatMap(({ endpoint, firmwareVersion: version }) => {
    const deviceId = ids.get(endpoint);
    const was = before.get(endpoint)?.firmwareVersion ?? null;
    return version === undefined || version === was || !deviceId ? [] : [{ deviceId, endpoint, version, was }];
  });
  if (sighted.length === 0) return;
  const at = clock.now();
  // The newest job of the light that was to bring this very version.
  const jobs = await db.job.findMany({
    where: { deviceId: { in: sighted.map(({ deviceId }) => deviceId) }, attempt: { gt: 0 } },
    select: { deviceId: true, campaignId: true, expectedVersion: true },
    orderBy: { updatedAt: "asc" },
  });
  const campaigns = new Map(jobs.map((job) => [`${job.deviceId} ${job.expectedVersion}`, job.campaignId]));
  await db.firmwareSighting.createMany({
    data: sighted.map(({ deviceId, version }) => ({
      id: newId(),
      deviceId,
      version,
      campaignId: campaigns.get(`${deviceId} ${version}`) ?? null,
      at,
    })),
  });
  await db.event.createMany({
    data: sighted
      .filter(({ was }) => was !== null)
      .map(({ deviceId, endpoint, version, was }) => ({
        at,
        actor: "device",
        kind: "device.firmware",
        deviceId,
        message: `${endpoint} runs version ${version} now (it was ${was}).`,
      })),
  });
}
