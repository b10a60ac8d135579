import { permissionsOf } from "../permissions.ts";
import { needs } from "../procedure.ts";
import { installationView } from "../settings/installation.ts";
import type { SessionView } from "../views.ts";

/** Who is signed in here, what they may do, and what this installation is. */
export const meSession = needs("session.read").query(async ({ ctx }): Promise<SessionView> => {
  const { id, name, email, role } = ctx.actor;
  return {
    user: { id, name, email, role },
    permissions: permissionsOf(role),
    installation: await installationView(ctx),
  };
});
