import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { DeviceView } from "../views.ts";

/** device.get */
export const getDevice = needs("device.read")
  .input(z.object({ id }))
  .query(async (): Promise<DeviceView> => {
    throw new Problem("not-built", "This is not built yet.");
  });
