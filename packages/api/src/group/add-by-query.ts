import { z } from "zod";
import { deviceQuery } from "../input/device-query.ts";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { GroupView } from "../views.ts";

/** group.addByQuery */
export const addByQueryGroup = needs("group.write")
  .input(z.object({ id, query: deviceQuery }))
  .mutation(async (): Promise<GroupView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
