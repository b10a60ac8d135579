import type { Presence } from "@lamplighter/campaigns/device-query";
import { z } from "zod";
import { deviceQuery } from "../input/device-query.ts";
import { activeJobs } from "../inventory/device-view.ts";
import { deviceWhere } from "../inventory/device-where.ts";
import { needs } from "../procedure.ts";
import type { MapPoint } from "../views.ts";
import { visibleTo } from "../visible-to.ts";

/** Points on one map. Beyond, the map shows the first of them in the order of their endpoints. */
export const mapPointsMax = 100_000;

/** All lights with a place, small enough to draw a city of them. */
export const mapPointsDevice = needs("device.read")
  .input(z.object({ query: deviceQuery.optional() }))
  .query(async ({ ctx: { db, actor }, input }): Promise<{ points: readonly MapPoint[] }> => {
    const found = await deviceWhere(db, input.query);
    const [devices, jobs] = await Promise.all([
      db.device.findMany({
        where: { AND: [visibleTo(actor).devices, found, { latitude: { not: null }, longitude: { not: null } }] },
        select: {
          id: true,
          endpoint: true,
          name: true,
          latitude: true,
          longitude: true,
          presence: true,
          lampLevel: true,
        },
        orderBy: { endpoint: "asc" },
        take: mapPointsMax,
      }),
      activeJobs(db),
    ]);
    const points = devices.map(
      (device): MapPoint => [
        device.id,
        device.longitude ?? 0,
        device.latitude ?? 0,
        device.presence as Presence,
        device.lampLevel,
        jobs.get(device.id)?.state ?? null,
        device.name ?? device.endpoint,
      ],
    );
    return { points };
  });
