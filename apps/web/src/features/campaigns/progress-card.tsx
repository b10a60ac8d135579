import type { CampaignView } from "@lamplighter/api/views";
import Link from "next/link";
import { CampaignProgress, segmentTones } from "@/features/campaigns/campaign-progress";
import { phasesOf, progressOf } from "@/features/campaigns/progress";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";
import { paths } from "@/lib/paths";
import { jobLooks } from "@/lib/status";
import type { Tone } from "@/ui/badge";
import { Card, CardContent } from "@/ui/card";

const dots: Readonly<Record<Tone, string>> = {
  good: "bg-good",
  busy: "bg-busy",
  wait: "bg-primary",
  bad: "bg-bad",
  lost: "bg-lost",
  idle: "bg-border-strong",
  outline: "border border-border-strong",
};

/** The whole campaign in one bar, and counters that lead to the lights they count. */
export function ProgressCard({ campaign }: { readonly campaign: CampaignView }) {
  const { segments, included, succeeded, succeededPercent } = progressOf(campaign.tally);
  const phases = phasesOf(campaign.tally);
  return (
    <Card>
      <CardContent className="flex flex-col gap-3 pt-4">
        <div className="flex flex-wrap items-baseline gap-x-3">
          <p className="text-3xl font-semibold tabular-nums" data-testid="succeeded-percent">
            {succeededPercent} %
          </p>
          <p className="text-sm text-muted-foreground tabular-nums">
            {formatCount(succeeded)} of {formatCount(included)} lights updated
          </p>
        </div>
        <CampaignProgress label="Progress of the campaign" tally={campaign.tally} className="h-3" />
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(7.5rem,1fr))] gap-2">
          {segments.map(({ key, label, states, lights }) => (
            <li key={key}>
              <Link
                href={`${paths.campaign(campaign.id, { states })}#lights`}
                prefetch={false}
                className="flex flex-col rounded-md border px-3 py-2 hover:bg-surface-muted"
              >
                <span className="text-lg font-semibold tabular-nums">{formatCount(lights)}</span>
                <span className="flex items-center gap-1.5 text-xs text-muted-foreground">
                  <span aria-hidden="true" className={cn("size-2 rounded-full", dots[segmentTones[key]])} />
                  {label}
                </span>
              </Link>
            </li>
          ))}
        </ul>
        {phases.length > 0 ? (
          <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted-foreground">
            <span>Running now:</span>
            {phases.map(({ state, lights }) => (
              <Link
                key={state}
                href={`${paths.campaign(campaign.id, { states: [state] })}#lights`}
                prefetch={false}
                className="tabular-nums hover:text-foreground hover:underline"
              >
                {formatCount(lights)} {jobLooks[state].word.toLowerCase()}
              </Link>
            ))}
          </p>
        ) : null}
      </CardContent>
    </Card>
  );
}
