import type { CampaignStore } from "@lamplighter/campaigns/campaign-store";
import type { LiveFeed } from "./feed.ts";

/** A campaign store that tells the live feed what moved, after it was stored. */
export function watchedStore(store: CampaignStore, live: Pick<LiveFeed, "note">): CampaignStore {
  return {
    async create(campaign) {
      await store.create(campaign);
      live.note({ kind: "campaign", campaignId: campaign.id });
    },
    find: (campaignId) => store.find(campaignId),
    unfinished: () => store.unfinished(),
    jobs: (filter) => store.jobs(filter),
    activeJobOf: (deviceId) => store.activeJobOf(deviceId),
    endedLast: (limit) => store.endedLast(limit),
    accept: (campaignId, accepted) => store.accept(campaignId, accepted),
    async moveCampaign(change) {
      const moved = await store.moveCampaign(change);
      if (moved) live.note({ kind: "campaign", campaignId: change.campaignId });
      return moved;
    },
    async moveWave(change) {
      const moved = await store.moveWave(change);
      if (moved) live.note({ kind: "campaign", campaignId: change.campaignId });
      return moved;
    },
    async moveJobs(changes) {
      const outcomes = await store.moveJobs(changes);
      for (const outcome of outcomes) {
        if (outcome.kind !== "stored") continue;
        const { id, campaignId, deviceId } = outcome.job;
        live.note({ kind: "job", campaignId, jobId: id });
        live.note({ kind: "campaign", campaignId });
        live.note({ kind: "device", deviceId });
      }
      return outcomes;
    },
  };
}
