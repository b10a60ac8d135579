import { z } from "zod";
import { id } from "../input/text.ts";
import { visibleDevice } from "../inventory/device-view.ts";
import { needs } from "../procedure.ts";
import type { FirmwareSightingView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";

/** Versions shown of one light. Older ones are kept but not listed. */
const sightingsMax = 200;

/** Which versions a light said it runs, newest first. */
export const firmwareHistoryDevice = needs("device.read")
  .input(z.object({ id }))
  .query(async ({ ctx: { db, actor }, input }): Promise<readonly FirmwareSightingView[]> => {
    const device = await visibleDevice(db, visibleTo(actor).devices, input.id);
    const sightings = await db.firmwareSighting.findMany({
      where: { deviceId: device.id },
      orderBy: { at: "desc" },
      take: sightingsMax,
    });
    const campaigns = await db.campaign.findMany({
      where: { id: { in: sightings.map(({ campaignId }) => campaignId).filter((campaign) => campaign !== null) } },
      select: { id: true, name: true },
    });
    const names = new Map(campaigns.map((campaign) => [campaign.id, campaign.name]));
    return sightings.map(({ version, at, campaignId }) => ({
      version,
      at: at.toISOString(),
      campaignId,
      campaignName: campaignId === null ? null : (names.get(campaignId) ?? null),
    }));
  });
