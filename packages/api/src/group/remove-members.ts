import { z } from "zod";
import { id, ids } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { GroupView } from "../views.ts";
import { changeMembers } from "./change-members.ts";

/** Takes lights out of a group of named lights. */
export const removeMembersGroup = needs("group.write")
  .input(z.object({ id, deviceIds: ids }))
  .mutation(
    ({ ctx, input }): Promise<GroupView> =>
      changeMembers(ctx, input.id, async (db, group) => {
        const members = { groupId: group.id, deviceId: { in: input.deviceIds } };
        return `Took out ${(await db.groupMember.deleteMany({ where: members })).count} lights`;
      }),
  );
