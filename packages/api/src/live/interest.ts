import type { LiveEvent } from "../views.ts";

export const topics = ["devices", "campaigns", "firmware", "groups", "bootstraps", "definitions", "security"] as const;
export type Topic = (typeof topics)[number];

/** What one tab wants to hear of. */
export interface Interest {
  readonly topics: readonly Topic[];
  /** Also the readings of this light. */
  readonly deviceId?: string | undefined;
  /** Also the jobs of this campaign. */
  readonly campaignId?: string | undefined;
}

/** Decides whether an event is for somebody with this interest. */
export function concerns(event: LiveEvent, { topics: wanted, deviceId, campaignId }: Interest): boolean {
  switch (event.kind) {
    case "reset":
      return true;
    case "devices-changed":
      return (
        wanted.includes("devices") || (deviceId !== undefined && (event.more || event.deviceIds.includes(deviceId)))
      );
    case "reading":
      return event.deviceId === deviceId;
    case "campaign":
      return wanted.includes("campaigns") || event.campaign.id === campaignId;
    case "job":
      return event.job.campaignId === campaignId;
    case "firmware-changed":
      return wanted.includes("firmware");
    case "groups-changed":
      return wanted.includes("groups");
    case "bootstraps-changed":
      return wanted.includes("bootstraps");
    case "definitions-changed":
      return wanted.includes("definitions");
    case "security-changed":
      return wanted.includes("security");
  }
}
