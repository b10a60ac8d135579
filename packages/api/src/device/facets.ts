import type { DeviceField, LampCondition } from "@lamplighter/campaigns/device-query";
import { z } from "zod";
import { deviceQuery } from "../input/device-query.ts";
import { deviceWhere } from "../inventory/device-where.ts";
import { needs } from "../procedure.ts";
import type { Facets } from "../views.ts";
import { visibleTo } from "../visible-to.ts";

/** Values listed for one field, the most frequent first. A longer list is no help in a filter. */
export const facetValuesMax = 200;

const fields = [
  "model",
  "hardwareRevision",
  "firmwareVersion",
  "district",
  "street",
  "feeder",
  "cell",
  "presence",
] as const satisfies readonly DeviceField[];

/** Which values occur in a query's lights, and how often; "" stands for "not set". */
export const facetsDevice = needs("device.read")
  .input(z.object({ query: deviceQuery.optional() }))
  .query(async ({ ctx: { db, actor }, input }): Promise<Facets> => {
    const where = { AND: [visibleTo(actor).devices, await deviceWhere(db, input.query)] };
    const lamps = db.device.groupBy({
      by: ["lampFailure"],
      where,
      _count: { id: true },
      orderBy: { _count: { id: "desc" } },
    });
    const counted = await Promise.all(
      fields.map(async (field) => {
        const groups = await db.device.groupBy({
          by: [field],
          where,
          _count: { id: true },
          orderBy: { _count: { id: "desc" } },
          take: facetValuesMax,
        });
        return [field, groups.map((group) => ({ value: group[field] ?? "", lights: group._count.id }))] as const;
      }),
    );
    const lamp = (await lamps).map((group) => ({ value: lampWord(group.lampFailure), lights: group._count.id }));
    return { ...Object.fromEntries(counted), lamp };
  });

function lampWord(failure: boolean | null): LampCondition | "" {
  if (failure === null) return "";
  return failure ? "failed" : "ok";
}
