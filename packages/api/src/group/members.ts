import type { Prisma, PrismaClient } from "@lamplighter/db/generated/client";
import type { Clock } from "@lamplighter/runtime/clock";

/** Lights inserted in one statement. */
const chunk = 5_000;

/** Puts the lights that a condition finds into a static group; those already in it stay. Returns how many came. */
export async function insertMembers(
  { db, clock }: { db: Pick<PrismaClient, "device" | "groupMember">; clock: Clock },
  groupId: string,
  where: Prisma.DeviceWhereInput,
): Promise<number> {
  const devices = await db.device.findMany({ where, select: { id: true } });
  const addedAt = clock.now();
  let lights = 0;
  for (let start = 0; start < devices.length; start += chunk) {
    const data = devices.slice(start, start + chunk).map(({ id }) => ({ groupId, deviceId: id, addedAt }));
    lights += (await db.groupMember.createMany({ data, skipDuplicates: true })).count;
  }
  return lights;
}
