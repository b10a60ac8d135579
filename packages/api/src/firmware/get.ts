import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { PackageView } from "../views.ts";

/** firmware.get */
export const getFirmware = needs("firmware.read")
  .input(z.object({ id }))
  .query(async (): Promise<PackageView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
