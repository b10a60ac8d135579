import { Rocket } from "lucide-react";
import Link from "next/link";
import { countOf, formatCount, formatPercent } from "@/lib/format";
import { paths } from "@/lib/paths";
import { progressParts } from "@/lib/status";
import type { RouterOutputs } from "@/lib/trpc";
import { buttonVariants } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Progress } from "@/ui/progress";
import { CampaignStateBadge } from "@/ui/status-badge";

type Campaign = RouterOutputs["overview"]["summary"]["campaigns"][number];

/** Campaigns that are on their way, with how far they are. */
export function LiveCampaigns({ campaigns }: { readonly campaigns: readonly Campaign[] }) {
  if (campaigns.length === 0) {
    return (
      <EmptyState
        icon={Rocket}
        title="No campaign is on its way"
        className="py-8"
        action={
          <Link href={paths.campaignNew()} className={buttonVariants()}>
            New campaign
          </Link>
        }
      >
        A campaign brings a firmware version to many lights in waves, and stops by itself when too many fail.
      </EmptyState>
    );
  }
  return (
    <ul className="flex flex-col divide-y">
      {campaigns.map((campaign) => {
        const parts = progressParts(campaign.tally);
        const succeeded = campaign.tally.succeeded ?? 0;
        const trouble =
          (campaign.tally.failed ?? 0) + (campaign.tally["rolled-back"] ?? 0) + (campaign.tally.lost ?? 0);
        return (
          <li key={campaign.id} className="flex flex-col gap-1.5 py-2.5 first:pt-0">
            <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
              <Link href={paths.campaign(campaign.id)} className="min-w-0 truncate font-medium hover:underline">
                {campaign.name}
              </Link>
              <CampaignStateBadge state={campaign.state} pauseReason={campaign.pauseReason} />
            </div>
            <Progress label={`Progress of ${campaign.name}`} total={campaign.lights} parts={parts} />
            <p className="flex flex-wrap gap-x-2 text-xs text-muted-foreground tabular-nums">
              <Link
                href={paths.campaign(campaign.id, { tab: "lights", states: ["succeeded"] })}
                className="hover:underline"
              >
                {formatCount(succeeded)} of {countOf(campaign.lights, "light")} (
                {formatPercent(succeeded, campaign.lights)})
              </Link>
              <span>to {campaign.version}</span>
              {trouble > 0 ? (
                <Link
                  href={paths.campaign(campaign.id, { tab: "lights", states: ["failed", "rolled-back", "lost"] })}
                  className="font-medium text-bad hover:underline"
                >
                  {formatCount(trouble)} failed or lost
                </Link>
              ) : null}
            </p>
          </li>
        );
      })}
    </ul>
  );
}
