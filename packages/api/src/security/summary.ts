import type { CredentialMode } from "@lamplighter/db/prisma-credential-store";
import { hours } from "@lamplighter/runtime/duration";
import type { Services } from "../context.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";
import { registeredHow } from "./registered-how.ts";
import type { SecuritySummaryView } from "./view.ts";

/** How the fleet is protected, in numbers. */
export const summarySecurity = needs("security.read").query(
  async ({ ctx: { db, clock, actor, security, facts } }): Promise<SecuritySummaryView> => {
    const since = new Date(clock.now().getTime() - hours(24));
    const [byMode, waiting, without, registered, happened] = await Promise.all([
      db.credential.groupBy({ by: ["mode"], where: { purpose: "server", state: "active" }, _count: true }),
      db.credential.count({ where: { state: "pending", purpose: "server" } }),
      countWithout(db, visibleTo(actor).devices),
      db.registration.groupBy({ by: ["authenticated"], _count: true }),
      db.securityEvent.groupBy({ by: ["kind"], where: { at: { gte: since } }, _sum: { count: true } }),
    ]);
    const lights = { psk: 0, rpk: 0, x509: 0, "no-sec": 0, none: without };
    for (const { mode, _count } of byMode) lights[mode as CredentialMode] = _count;
    return {
      noSec: security.store.noSec,
      coapsUri: facts.coapsUri,
      bootstrapCoapsUri: facts.bootstrapCoapsUri,
      publicKey: facts.publicKey,
      trustsAuthorities: facts.trustsAuthorities,
      lights,
      waiting,
      registered: registeredHow(registered),
      connections: security.peers.connections,
      lastDay: Object.fromEntries(happened.map(({ kind, _sum }) => [kind, _sum.count ?? 0])),
    };
  },
);

/** Lights of the inventory that have nothing here: no credential for this server in use or on its way, and none for the bootstrap server. */
async function countWithout(db: Services["db"], scope: ReturnType<typeof visibleTo>["devices"]): Promise<number> {
  const [lights, [row]] = await Promise.all([
    db.device.count({ where: scope }),
    db.$queryRaw<{ count: bigint }[]>`
      SELECT count(*) AS count FROM "Device" d WHERE EXISTS (
        SELECT 1 FROM "Credential" c WHERE c."endpoint" = d."endpoint"
          AND (c."state" = 'active' OR c."state" = 'pending' AND c."purpose" = 'server'))`,
  ]);
  return Math.max(0, lights - Number(row?.count ?? 0));
}
