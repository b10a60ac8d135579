import { z } from "zod";
import { deviceQuery } from "../input/device-query.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";

/** device.count */
export const countDevice = needs("device.read")
  .input(z.object({ query: deviceQuery.optional() }))
  .query(async (): Promise<{ lights: number }> => {
    throw new Problem("not-built", "This is not built yet.");
  });
