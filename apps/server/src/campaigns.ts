import type { CampaignControl } from "@lamplighter/api/campaign/control";
export async function startCampaigns(_parts: unknown): Promise<CampaignControl> {
  const no = async () => ({ kind: "refused", why: "Campaigns are not wired yet." }) as const;
  return {
    start: no,
    schedule: no,
    pause: no,
    resume: no,
    cancel: no,
    retryFailed: no,
    promoteWave: no,
    stopEverything: async () => 0,
    packageRevoked: async () => {},
  };
}
