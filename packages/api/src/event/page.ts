import type { Event, Prisma, PrismaClient } from "@lamplighter/db/generated/client";
import { z } from "zod";
import { packCursor, splitPage, unpackCursor } from "../cursor.ts";
import type { EventView, Page } from "../views.ts";

const place = z.object({ before: z.string().regex(/^\d{1,19}$/) });

/** One page of events, newest first. */
export async function eventPage(
  db: PrismaClient,
  where: Prisma.EventWhereInput,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<EventView>> {
  const before = cursor === undefined ? undefined : BigInt(unpackCursor(cursor, place).before);
  const [events, total] = await Promise.all([
    db.event.findMany({
      where: before === undefined ? where : { AND: [where, { seq: { lt: before } }] },
      orderBy: { seq: "desc" },
      take: limit + 1,
    }),
    db.event.count({ where }),
  ]);
  const { shown, last } = splitPage(events, limit);
  return {
    items: await eventViews(db, shown),
    nextCursor: last ? packCursor({ before: String(last.seq) }) : null,
    total,
  };
}

/** Events for people: an actor who is a user, and the light they are about, are shown by name. One question each a page. */
export async function eventViews(db: PrismaClient, events: readonly Event[]): Promise<EventView[]> {
  const deviceIds = new Set(events.flatMap(({ deviceId }) => (deviceId === null ? [] : [deviceId])));
  const [users, devices] = await Promise.all([
    db.user.findMany({
      where: { id: { in: [...new Set(events.map(({ actor }) => actor))] } },
      select: { id: true, name: true },
    }),
    db.device.findMany({ where: { id: { in: [...deviceIds] } }, select: { id: true, name: true, endpoint: true } }),
  ]);
  const lights = new Map(devices.map(({ id, name, endpoint }) => [id, name ?? endpoint]));
  const names = new Map(users.map(({ id, name }) => [id, name]));
  return events.map(({ seq, at, actor, kind, message, deviceId, campaignId, jobId }) => ({
    seq: String(seq),
    at: at.toISOString(),
    actor: names.get(actor) ?? actor,
    kind,
    message,
    deviceId,
    light: deviceId === null ? null : (lights.get(deviceId) ?? null),
    campaignId,
    jobId,
  }));
}
