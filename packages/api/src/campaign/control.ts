/** How a command to a campaign ended. `refused` carries a sentence for the person. */
export type ControlOutcome = { readonly kind: "done" } | { readonly kind: "refused"; readonly why: string };

/** What people may command a campaign. The orchestrator obeys; a test puts a script there. */
export interface CampaignControl {
  start(campaignId: string, actor: string): Promise<ControlOutcome>;
  schedule(campaignId: string, actor: string): Promise<ControlOutcome>;
  pause(campaignId: string, actor: string): Promise<ControlOutcome>;
  resume(campaignId: string, actor: string): Promise<ControlOutcome>;
  cancel(campaignId: string, actor: string): Promise<ControlOutcome>;
  retryFailed(campaignId: string, actor: string): Promise<ControlOutcome>;
  promoteWave(campaignId: string, ordinal: number, actor: string, reason: string): Promise<ControlOutcome>;
  /** Pauses everything that runs. Returns how many campaigns that were. */
  stopEverything(actor: string): Promise<number>;
  /** Pauses the running campaigns that hand out this package. */
  packageRevoked(packageId: string, actor: string): Promise<void>;
}
