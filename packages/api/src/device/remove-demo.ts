import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";

/** device.removeDemo */
export const removeDemoDevice = needs("device.remove").mutation(async (): Promise<{ lights: number }> => {
  throw new Problem("not-built", "This is not built yet.");
});
