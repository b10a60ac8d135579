import type { CampaignView } from "@lamplighter/api/views";
import { headlineOf } from "@/features/campaigns/headline";
import { cn } from "@/lib/cn";
import { campaignLooks } from "@/lib/status";

/** Where the campaign stands, in a sentence, read out when it changes. */
export function CampaignHeadline({ campaign }: { readonly campaign: CampaignView }) {
  const look = campaignLooks[campaign.state];
  const Icon = look.icon;
  const alarming = campaign.state === "paused" || campaign.outcome === "with-failures";
  return (
    <div
      role="status"
      className={cn(
        "flex items-start gap-2.5 rounded-lg border px-4 py-3",
        alarming ? "border-transparent bg-wait-soft text-wait" : "bg-surface",
      )}
    >
      <Icon className="mt-0.5 size-4.5 shrink-0" aria-hidden="true" />
      <p className="min-w-0 font-medium break-words">{headlineOf(campaign)}</p>
    </div>
  );
}
