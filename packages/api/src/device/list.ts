import { z } from "zod";
import { packCursor, splitPage, unpackCursor } from "../cursor.ts";
import { deviceQuery } from "../input/device-query.ts";
import { page } from "../input/page.ts";
import { afterCursor, cursorAt, orderBy, sortFields } from "../inventory/device-order.ts";
import { activeJobs, deviceRow } from "../inventory/device-view.ts";
import { deviceWhere } from "../inventory/device-where.ts";
import { needs } from "../procedure.ts";
import type { DeviceRow, Page } from "../views.ts";
import { visibleTo } from "../visible-to.ts";

const place = z.object({ id: z.string().max(64), value: z.string().max(500).nullable() });

/** A page of the inventory. */
export const listDevice = needs("device.read")
  .input(
    z.object({
      query: deviceQuery.optional(),
      sort: z.strictObject({ field: z.enum(sortFields), direction: z.enum(["asc", "desc"]) }).optional(),
      ...page,
    }),
  )
  .query(async ({ ctx: { db, actor }, input }): Promise<Page<DeviceRow>> => {
    const sort = input.sort ?? { field: "endpoint", direction: "asc" };
    const where = { AND: [visibleTo(actor).devices, await deviceWhere(db, input.query)] };
    const after = input.cursor === undefined ? {} : afterCursor(sort, unpackCursor(input.cursor, place));
    const [devices, total] = await Promise.all([
      db.device.findMany({ where: { AND: [where, after] }, orderBy: orderBy(sort), take: input.limit + 1 }),
      db.device.count({ where }),
    ]);
    const { shown, last } = splitPage(devices, input.limit);
    const jobs = await activeJobs(
      db,
      shown.map(({ id }) => id),
    );
    return {
      items: shown.map((device) => deviceRow(device, jobs.get(device.id))),
      nextCursor: last ? packCursor(cursorAt(sort, last)) : null,
      total,
    };
  });
