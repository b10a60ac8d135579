import type { Presence } from "@lamplighter/campaigns/device-query";
import { liveStates } from "../campaign/list.ts";
import { campaignParts, campaignRows } from "../campaign/view.ts";
import { eventViews } from "../event/page.ts";
import { needs } from "../procedure.ts";
import { registeredHow } from "../security/registered-how.ts";
import type { OverviewView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";

const versionsMax = 50;
const campaignsMax = 20;
const recentMax = 30;

/** How the whole installation stands. */
export const summaryOverview = needs("device.read").query(async ({ ctx: { db, actor } }): Promise<OverviewView> => {
  const scope = visibleTo(actor);
  const [presence, lampFailures, registered, versions, campaigns, events] = await Promise.all([
    db.device.groupBy({ by: ["presence"], where: scope.devices, _count: { _all: true } }),
    db.device.count({ where: { AND: [scope.devices, { lampFailure: true }] } }),
    db.registration.groupBy({ by: ["authenticated"], _count: true }),
    db.device.groupBy({
      by: ["firmwareVersion", "model"],
      where: { AND: [scope.devices, { firmwareVersion: { not: null } }] },
      _count: { id: true },
      orderBy: { _count: { id: "desc" } },
      take: versionsMax,
    }),
    db.campaign.findMany({
      where: { AND: [scope.campaigns, { state: { in: liveStates } }] },
      include: campaignParts,
      orderBy: { createdAt: "desc" },
      take: campaignsMax,
    }),
    db.event.findMany({ where: scope.events, orderBy: { seq: "desc" }, take: recentMax }),
  ]);
  const lights: Record<Presence, number> = { online: 0, sleeping: 0, offline: 0, pending: 0, never: 0 };
  for (const group of presence) lights[group.presence as Presence] = group._count._all;
  return {
    lights: { ...lights, total: Object.values(lights).reduce((sum, count) => sum + count, 0) },
    lampFailures,
    registered: registeredHow(registered),
    versions: versions.map(({ firmwareVersion, model, _count }) => ({
      version: firmwareVersion ?? "",
      model: model ?? "",
      lights: _count.id,
    })),
    campaigns: await campaignRows(db, campaigns),
    recent: await eventViews(db, events),
  };
});
