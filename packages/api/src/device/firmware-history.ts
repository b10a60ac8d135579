import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { FirmwareSightingView } from "../views.ts";

/** device.firmwareHistory */
export const firmwareHistoryDevice = needs("device.read")
  .input(z.object({ id }))
  .query(async (): Promise<readonly FirmwareSightingView[]> => {
    throw new Problem("not-built", "This is not built yet.");
  });
