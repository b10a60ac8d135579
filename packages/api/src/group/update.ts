import { z } from "zod";
import { deviceQuery } from "../input/device-query.ts";
import { id, name, prose } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { GroupView } from "../views.ts";

/** group.update */
export const updateGroup = needs("group.write")
  .input(
    z.object({ id, name: name.optional(), description: prose.nullable().optional(), query: deviceQuery.optional() }),
  )
  .mutation(async (): Promise<GroupView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
