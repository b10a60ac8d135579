import { z } from "zod";
import { deviceQuery } from "../input/device-query.ts";
import { page } from "../input/page.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { DeviceRow, Page } from "../views.ts";

/** device.list */
export const listDevice = needs("device.read")
  .input(
    z.object({
      query: deviceQuery.optional(),
      sort: z
        .strictObject({
          field: z.enum(["endpoint", "name", "model", "firmwareVersion", "street", "lastSeenAt", "presence"]),
          direction: z.enum(["asc", "desc"]),
        })
        .optional(),
      ...page,
    }),
  )
  .query(async (): Promise<Page<DeviceRow>> => {
    throw new Problem("not-built", "This is not built yet.");
  });
