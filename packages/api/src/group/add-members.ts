import { z } from "zod";
import { id, ids } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { GroupView } from "../views.ts";

/** group.addMembers */
export const addMembersGroup = needs("group.write")
  .input(z.object({ id, deviceIds: ids }))
  .mutation(async (): Promise<GroupView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
