import { z } from "zod";
import { search } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { PackageView } from "../views.ts";

/** firmware.list */
export const listFirmware = needs("firmware.read")
  .input(z.object({ search: search.optional() }))
  .query(async (): Promise<readonly PackageView[]> => {
    throw new Problem("not-built", "This is not built yet.");
  });
