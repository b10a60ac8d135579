import type { CampaignState, PauseReason } from "@lamplighter/campaigns/campaign";
import type { Presence } from "@lamplighter/campaigns/device-query";
import type { JobState } from "@lamplighter/campaigns/job";
import { campaignLooks, jobLooks, pauseReasonWords, presenceLooks, type StatusLook } from "@/lib/status";
import { Badge } from "@/ui/badge";

/** A state as icon, word and colour, with its meaning as a tooltip. */
export function StatusBadge({ look, suffix }: { readonly look: StatusLook; readonly suffix?: string }) {
  const Icon = look.icon;
  return (
    <Badge tone={look.tone} title={look.meaning}>
      <Icon aria-hidden="true" />
      {suffix ? `${look.word}: ${suffix}` : look.word}
    </Badge>
  );
}

/** Whether a light can be reached, as icon, word and colour. */
export function PresenceBadge({ presence }: { readonly presence: Presence }) {
  return <StatusBadge look={presenceLooks[presence]} />;
}

/** Where a light stands in a campaign. */
export function JobStateBadge({ state }: { readonly state: JobState }) {
  return <StatusBadge look={jobLooks[state]} />;
}

/** A campaign's state; a paused one always says why. */
export function CampaignStateBadge({
  state,
  pauseReason,
}: {
  readonly state: CampaignState;
  readonly pauseReason?: PauseReason | null;
}) {
  return (
    <StatusBadge
      look={campaignLooks[state]}
      {...(state === "paused" && pauseReason ? { suffix: pauseReasonWords[pauseReason] } : {})}
    />
  );
}
