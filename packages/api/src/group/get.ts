import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { GroupView } from "../views.ts";

/** group.get */
export const getGroup = needs("group.read")
  .input(z.object({ id }))
  .query(async (): Promise<GroupView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
