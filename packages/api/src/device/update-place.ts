import { z } from "zod";
import { id, label } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { DeviceView } from "../views.ts";

/** device.updatePlace */
export const updatePlaceDevice = needs("device.edit")
  .input(
    z.object({
      id,
      name: label.nullable().optional(),
      latitude: z.number().min(-90).max(90).nullable().optional(),
      longitude: z.number().min(-180).max(180).nullable().optional(),
      street: label.nullable().optional(),
      district: label.nullable().optional(),
      feeder: label.nullable().optional(),
      cell: label.nullable().optional(),
      timeZone: label.nullable().optional(),
      powerClass: z.enum(["always", "night-switched"]).optional(),
    }),
  )
  .mutation(async (): Promise<DeviceView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
