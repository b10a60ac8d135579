import { z } from "zod";
import { deviceQuery } from "../input/device-query.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { Facets } from "../views.ts";

/** device.facets */
export const facetsDevice = needs("device.read")
  .input(z.object({ query: deviceQuery.optional() }))
  .query(async (): Promise<Facets> => {
    throw new Problem("not-built", "This is not built yet.");
  });
