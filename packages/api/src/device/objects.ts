import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { ObjectView } from "../views.ts";

/** device.objects */
export const objectsDevice = needs("device.read")
  .input(z.object({ id }))
  .query(async (): Promise<readonly ObjectView[]> => {
    throw new Problem("not-built", "This is not built yet.");
  });
