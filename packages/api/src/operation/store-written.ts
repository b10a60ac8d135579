import type { Device, Prisma } from "@lamplighter/db/generated/client";
import type { Services } from "../context.ts";
import type { ReadingView } from "../views.ts";

/** Keeps what a light accepted as its last known value, until it says something else. */
export async function storeWritten(
  { db, live }: Pick<Services, "db" | "live">,
  device: Device,
  reading: ReadingView,
): Promise<void> {
  const { path } = reading;
  const stored = {
    value: reading.value as unknown as Prisma.InputJsonValue,
    source: "write",
    at: new Date(reading.at),
  };
  await db.resourceReading.upsert({
    where: { deviceId_path: { deviceId: device.id, path } },
    create: { deviceId: device.id, path, ...stored },
    update: stored,
  });
  live.note({ kind: "reading", deviceId: device.id, reading });
}
