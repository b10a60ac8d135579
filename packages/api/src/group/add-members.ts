import { z } from "zod";
import { id, ids } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { GroupView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { changeMembers } from "./change-members.ts";
import { insertMembers } from "./members.ts";

/** Puts lights into a group of named lights. */
export const addMembersGroup = needs("group.write")
  .input(z.object({ id, deviceIds: ids }))
  .mutation(
    ({ ctx, input }): Promise<GroupView> =>
      changeMembers(ctx, input.id, async (db, group) => {
        const where = { AND: [visibleTo(ctx.actor).devices, { id: { in: input.deviceIds } }] };
        return `Added ${await insertMembers({ db, clock: ctx.clock }, group.id, where)} lights`;
      }),
  );
