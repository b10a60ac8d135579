import { z } from "zod";
import { deviceQuery } from "../input/device-query.ts";
import { id } from "../input/text.ts";
import { deviceWhere } from "../inventory/device-where.ts";
import { needs } from "../procedure.ts";
import type { GroupView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { changeMembers } from "./change-members.ts";
import { insertMembers } from "./members.ts";

/** Puts all lights that a query finds now into a group of named lights. */
export const addByQueryGroup = needs("group.write")
  .input(z.object({ id, query: deviceQuery }))
  .mutation(
    ({ ctx, input }): Promise<GroupView> =>
      changeMembers(ctx, input.id, async (db, group) => {
        const where = { AND: [visibleTo(ctx.actor).devices, await deviceWhere(ctx.db, input.query)] };
        return `Added ${await insertMembers({ db, clock: ctx.clock }, group.id, where)} lights`;
      }),
  );
