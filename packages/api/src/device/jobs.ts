import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { DeviceJobView } from "../views.ts";

/** device.jobs */
export const jobsDevice = needs("device.read")
  .input(z.object({ id }))
  .query(async (): Promise<readonly DeviceJobView[]> => {
    throw new Problem("not-built", "This is not built yet.");
  });
