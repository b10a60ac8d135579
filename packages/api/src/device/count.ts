import { z } from "zod";
import { deviceQuery } from "../input/device-query.ts";
import { deviceWhere } from "../inventory/device-where.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";

/** How many lights a query finds. */
export const countDevice = needs("device.read")
  .input(z.object({ query: deviceQuery.optional() }))
  .query(
    async ({ ctx: { db, actor }, input }): Promise<{ lights: number }> => ({
      lights: await db.device.count({ where: { AND: [visibleTo(actor).devices, await deviceWhere(db, input.query)] } }),
    }),
  );
