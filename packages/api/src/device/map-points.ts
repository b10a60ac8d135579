import { z } from "zod";
import { deviceQuery } from "../input/device-query.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { MapPoint } from "../views.ts";

/** device.mapPoints */
export const mapPointsDevice = needs("device.read")
  .input(z.object({ query: deviceQuery.optional() }))
  .query(async (): Promise<{ points: readonly MapPoint[] }> => {
    throw new Problem("not-built", "This is not built yet.");
  });
