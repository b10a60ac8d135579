import { toBootstrapRecord } from "@lamplighter/db/prisma-bootstrap-store";
import { z } from "zod";
import { packCursor, splitPage, unpackCursor } from "../cursor.ts";
import { page } from "../input/page.ts";
import { id, search } from "../input/text.ts";
import { visibleDevice } from "../inventory/device-view.ts";
import { needs } from "../procedure.ts";
import type { Page } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { type BootstrapRecordView, deviceIds } from "./view.ts";

const place = z.object({ before: z.string().regex(/^\d{1,18}$/) });

/** How bootstraps went, newest first: of one light, or of all. */
export const historyBootstrap = needs("bootstrap.read")
  .input(z.object({ deviceId: id.optional(), search: search.optional(), ...page }))
  .query(async ({ ctx: { db, actor }, input }): Promise<Page<BootstrapRecordView>> => {
    const { deviceId, cursor, limit } = input;
    const device = deviceId === undefined ? undefined : await visibleDevice(db, visibleTo(actor).devices, deviceId);
    const where = {
      ...(device && { endpoint: device.endpoint }),
      ...(input.search && !device && { endpoint: { contains: input.search, mode: "insensitive" as const } }),
    };
    const before = cursor === undefined ? undefined : BigInt(unpackCursor(cursor, place).before);
    const [rows, total] = await Promise.all([
      db.bootstrapRecord.findMany({
        where: before === undefined ? where : { AND: [where, { seq: { lt: before } }] },
        orderBy: { seq: "desc" },
        take: limit + 1,
      }),
      db.bootstrapRecord.count({ where }),
    ]);
    const { shown, last } = splitPage(rows, limit);
    const devices = await deviceIds(
      db,
      shown.map(({ endpoint }) => endpoint),
    );
    const items = shown.map((row): BootstrapRecordView => {
      const { endpoint, address, trigger, outcome, steps } = toBootstrapRecord(row);
      return {
        ...{ seq: String(row.seq), endpoint, address, trigger, outcome, steps },
        deviceId: devices.get(endpoint) ?? null,
        configurationId: row.configurationId,
        configurationName: row.configurationName,
        startedAt: row.startedAt.toISOString(),
        endedAt: row.endedAt.toISOString(),
      };
    });
    return { items, nextCursor: last ? packCursor({ before: String(last.seq) }) : null, total };
  });
