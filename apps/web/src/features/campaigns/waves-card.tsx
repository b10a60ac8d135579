import type { CampaignView, WaveView } from "@lamplighter/api/views";
import Link from "next/link";
import { CampaignProgress } from "@/features/campaigns/campaign-progress";
import { progressOf } from "@/features/campaigns/progress";
import { PromoteWave } from "@/features/campaigns/promote-wave";
import { gateSentence } from "@/features/campaigns/wave-plan";
import { isEnding, waveFate, waveLook, waveWaits } from "@/features/campaigns/wave-words";
import { heldReasonSentences } from "@/features/campaigns/words";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";
import { paths } from "@/lib/paths";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { StatusBadge } from "@/ui/status-badge";

/** The waves in their order, each with its gate and what the gate said. */
export function WavesCard({ campaign }: { readonly campaign: CampaignView }) {
  return (
    <Card>
      <CardHeader title="Waves" />
      <CardContent>
        <ol className="flex flex-col gap-3">
          {campaign.waves.map((wave, index) => (
            <li key={wave.ordinal}>
              <Wave campaign={campaign} wave={wave} index={index} />
            </li>
          ))}
        </ol>
      </CardContent>
    </Card>
  );
}

function Wave({
  campaign,
  wave,
  index,
}: {
  readonly campaign: CampaignView;
  readonly wave: WaveView;
  readonly index: number;
}) {
  const plan = campaign.spec.waves[index];
  const { included, succeeded, succeededPercent } = progressOf(wave.tally);
  const isLast = index === campaign.waves.length - 1;
  const ending = isEnding(campaign.state);
  // That it passed, and waits for a person, is said beside the button.
  const waits = wave.state === "held" && wave.heldReason === "manual";
  const told = waveWaits(campaign, wave) ?? waveFate(campaign, wave);
  return (
    <article
      aria-label={`Wave ${wave.name}`}
      className={cn(
        "rounded-md border p-3",
        !ending && wave.state === "active" && "border-busy/50",
        !ending && wave.state === "held" && "border-wait/60",
      )}
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="min-w-0 truncate text-sm font-semibold">
          <Link
            href={`${paths.campaign(campaign.id, { wave: wave.ordinal })}#lights`}
            prefetch={false}
            className="hover:underline"
          >
            {wave.name}
          </Link>
        </h3>
        <StatusBadge look={waveLook(campaign.state, wave)} />
        <span className="ml-auto text-xs text-muted-foreground tabular-nums">
          {succeededPercent} % · {formatCount(succeeded)} of {formatCount(included)}
        </span>
      </div>
      <CampaignProgress label={`Progress of wave ${wave.name}`} tally={wave.tally} className="mt-2" />
      {wave.verdict && !waits ? <p className="mt-2 text-sm">{wave.verdict}</p> : null}
      {told ? <p className="mt-2 text-sm">{told}</p> : null}
      {plan && (!ending || wave.state === "passed") ? (
        <p className="mt-1 text-xs text-muted-foreground">{gateSentence(plan.gate, isLast)}</p>
      ) : null}
      {wave.state === "held" && !ending ? (
        <div className="mt-2 flex flex-wrap items-center justify-between gap-2">
          <p className="text-sm text-wait">{wave.heldReason ? heldReasonSentences[wave.heldReason] : "It is held."}</p>
          <PromoteWave campaign={campaign} wave={wave} next={campaign.waves[index + 1]} />
        </div>
      ) : null}
    </article>
  );
}
