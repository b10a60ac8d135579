import { z } from "zod";
import { id } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { GroupView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { groupView, visibleGroup } from "./view.ts";

export const getGroup = needs("group.read")
  .input(z.object({ id }))
  .query(async ({ ctx: { db, actor }, input }): Promise<GroupView> => {
    const scope = visibleTo(actor);
    return groupView(db, scope.devices, await visibleGroup(db, scope.groups, input.id));
  });
