import { z } from "zod";
import { page } from "../input/page.ts";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { EventView, Page } from "../views.ts";

/** device.timeline */
export const timelineDevice = needs("device.read")
  .input(z.object({ id, ...page }))
  .query(async (): Promise<Page<EventView>> => {
    throw new Problem("not-built", "This is not built yet.");
  });
