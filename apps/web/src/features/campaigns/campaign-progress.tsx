import type { Tally } from "@lamplighter/api/views";
import { progressOf, type SegmentKey } from "@/features/campaigns/progress";
import type { Tone } from "@/ui/badge";
import { Progress } from "@/ui/progress";

export const segmentTones: Readonly<Record<SegmentKey, Tone>> = {
  succeeded: "good",
  running: "busy",
  waiting: "idle",
  failed: "bad",
  lost: "lost",
  stopped: "wait",
  skipped: "outline",
};

/** The bar of a campaign or wave: what succeeded, runs, failed, got lost or was stopped; what waits is the empty rest. */
export function CampaignProgress({
  label,
  tally,
  className,
}: {
  readonly label: string;
  readonly tally: Tally;
  readonly className?: string;
}) {
  const { segments, included } = progressOf(tally);
  const parts = segments
    .filter(({ key }) => key !== "waiting" && key !== "skipped")
    .map(({ key, label: word, lights }) => ({ tone: segmentTones[key], value: lights, label: word.toLowerCase() }));
  return <Progress label={label} total={included} parts={parts} {...(className ? { className } : {})} />;
}
