import { type CampaignAction, type CampaignState, whyNot } from "@lamplighter/campaigns/campaign";
import type { SignedIn } from "../context.ts";
import { Problem } from "../problem.ts";
import type { CampaignRow } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import type { CampaignControl, ControlOutcome } from "./control.ts";
import { type CampaignWithParts, campaignRow, visibleCampaign } from "./view.ts";

/**
 * Hands a person's command to the orchestrator, when the campaign's state allows it, and returns how the campaign stands
 * afterwards. The same table that drives the buttons refuses here.
 */
export async function commandCampaign(
  ctx: SignedIn,
  command: {
    readonly campaignId: string;
    readonly action: CampaignAction;
    readonly run: (control: CampaignControl, campaign: CampaignWithParts) => Promise<ControlOutcome>;
  },
): Promise<CampaignRow> {
  const { db, actor, live, campaigns } = ctx;
  const scope = visibleTo(actor).campaigns;
  const campaign = await visibleCampaign(db, scope, command.campaignId);
  const why = whyNot(command.action, campaign.state as CampaignState);
  if (why !== undefined) throw new Problem("wrong-state", why);
  refuse(await command.run(campaigns, campaign));
  live.note({ kind: "campaign", campaignId: campaign.id });
  return campaignRow(db, await visibleCampaign(db, scope, campaign.id));
}

/** Turns the orchestrator's refusal into the API's. */
export function refuse(outcome: ControlOutcome): void {
  if (outcome.kind === "refused") throw new Problem("wrong-state", outcome.why);
}
