import { z } from "zod";
import { packCursor, splitPage, unpackCursor } from "../cursor.ts";
import { page } from "../input/page.ts";
import { search } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { Page } from "../views.ts";
import { eventsOfLight } from "./events-of-light.ts";
import { endpoint } from "./input.ts";
import { eventViews } from "./row-views.ts";
import { failingKinds, securityEventKinds } from "./security-log.ts";
import type { SecurityEventView } from "./view.ts";

const place = z.object({ before: z.string().regex(/^\d{1,18}$/) });

/** What happened, newest first: of one light, of one kind, or all. */
export const eventsSecurity = needs("security.read")
  .input(
    z.object({
      /** `failing`: any of {@link failingKinds}. */
      kind: z.enum([...securityEventKinds, "failing"]).optional(),
      endpoint: endpoint.optional(),
      search: search.optional(),
      ...page,
    }),
  )
  .query(async ({ ctx: { db }, input }): Promise<Page<SecurityEventView>> => {
    const { kind, endpoint, search, cursor, limit } = input;
    const contains = { contains: search ?? "", mode: "insensitive" as const };
    const where = {
      ...(kind && { kind: kind === "failing" ? { in: [...failingKinds] } : kind }),
      AND: [
        endpoint === undefined ? {} : await eventsOfLight(db, endpoint),
        search ? { OR: [{ endpoint: contains }, { detail: contains }, { address: contains }] } : {},
      ],
    };
    const before = cursor === undefined ? undefined : BigInt(unpackCursor(cursor, place).before);
    const [rows, total] = await Promise.all([
      db.securityEvent.findMany({
        where: { AND: [where, before === undefined ? {} : { seq: { lt: before } }] },
        orderBy: { seq: "desc" },
        take: limit + 1,
      }),
      db.securityEvent.count({ where }),
    ]);
    const { shown, last } = splitPage(rows, limit);
    return {
      items: await eventViews(db, shown),
      nextCursor: last ? packCursor({ before: String(last.seq) }) : null,
      total,
    };
  });
