import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { SessionView } from "../views.ts";

/** session.me */
export const meSession = needs("session.read").query(async (): Promise<SessionView> => {
  throw new Problem("not-built", "This is not built yet.");
});
