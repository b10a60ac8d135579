import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { OverviewView } from "../views.ts";

/** overview.summary */
export const summaryOverview = needs("device.read").query(async (): Promise<OverviewView> => {
  throw new Problem("not-built", "This is not built yet.");
});
