import type { Services } from "../context.ts";
import type { SecurityEventKind } from "./security-log.ts";

/**
 * Which events are a light's own: those under its name, and what was done under another's name with its credentials,
 * those that it no longer has included.
 */
export async function eventsOfLight(db: Services["db"], endpoint: string) {
  const rows = await db.credential.findMany({
    where: { endpoint, identity: { not: null } },
    select: { identity: true },
  });
  const identities = rows.flatMap(({ identity }) => identity ?? []);
  return {
    OR: [{ endpoint }, { kind: "wrong-name" satisfies SecurityEventKind, identity: { in: identities } }],
  };
}
