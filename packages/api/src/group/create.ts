import { z } from "zod";
import { deviceQuery } from "../input/device-query.ts";
import { id, idsMax, name, prose } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { GroupView } from "../views.ts";

/** group.create */
export const createGroup = needs("group.write")
  .input(
    z.object({
      name,
      description: prose.optional(),
      kind: z.enum(["static", "query"]),
      query: deviceQuery.optional(),
      deviceIds: z.array(id).max(idsMax).optional(),
    }),
  )
  .mutation(async (): Promise<GroupView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
