import { z } from "zod";
import { page } from "../input/page.ts";
import { id, label } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { EventView, Page } from "../views.ts";

/** event.list */
export const listEvent = needs("audit.read")
  .input(z.object({ kind: label.optional(), deviceId: id.optional(), ...page }))
  .query(async (): Promise<Page<EventView>> => {
    throw new Problem("not-built", "This is not built yet.");
  });
