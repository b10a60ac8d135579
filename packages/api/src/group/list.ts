import { z } from "zod";
import { search } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { GroupView } from "../views.ts";

/** group.list */
export const listGroup = needs("group.read")
  .input(z.object({ search: search.optional() }))
  .query(async (): Promise<readonly GroupView[]> => {
    throw new Problem("not-built", "This is not built yet.");
  });
