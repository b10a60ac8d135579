import { z } from "zod";
import { search } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { GroupView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { groupViews } from "./view.ts";

/** Groups listed at once. An installation has dozens; beyond this a search narrows them. */
const groupsMax = 500;

export const listGroup = needs("group.read")
  .input(z.object({ search: search.optional() }).optional())
  .query(async ({ ctx: { db, actor }, input }): Promise<readonly GroupView[]> => {
    const scope = visibleTo(actor);
    const named = input?.search ? { name: { contains: input.search, mode: "insensitive" as const } } : {};
    const groups = await db.deviceGroup.findMany({
      where: { AND: [scope.groups, named] },
      orderBy: { name: "asc" },
      take: groupsMax,
    });
    return groupViews(db, scope.devices, groups);
  });
