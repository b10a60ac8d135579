import type { CampaignPreview, PackageView } from "@lamplighter/api/views";
import type { UseQueryResult } from "@tanstack/react-query";
import type { CampaignDraft } from "@/features/campaigns/draft";
import { skipPhrase } from "@/features/campaigns/words";
import { countOf, formatCount } from "@/lib/format";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { Problem } from "@/ui/problem";
import { SkeletonRows } from "@/ui/skeleton";

/** What the draft would do as it stands: lights, waves, and who is left out and why. Beside every step. */
export function PreviewCard({
  draft,
  firmware,
  preview,
}: {
  readonly draft: CampaignDraft;
  readonly firmware: PackageView | undefined;
  readonly preview: UseQueryResult<CampaignPreview, { message: string }>;
}) {
  return (
    <Card className="lg:sticky lg:top-4" aria-label="What this campaign would do">
      <CardHeader title="What it would do" />
      <CardContent aria-live="polite" aria-busy={preview.isFetching}>
        {!draft.packageId ? (
          <p className="text-sm text-muted-foreground">Choose a firmware to see which lights can take it.</p>
        ) : preview.isError ? (
          <Problem>{preview.error.message}</Problem>
        ) : preview.data ? (
          <Resolved preview={preview.data} version={firmware?.version} anyLight={draft.target === null} />
        ) : (
          <SkeletonRows rows={3} label="Resolving lights" />
        )}
      </CardContent>
    </Card>
  );
}

function Resolved({
  preview,
  version,
  anyLight,
}: {
  readonly preview: CampaignPreview;
  readonly version: string | undefined;
  readonly anyLight: boolean;
}) {
  const { included, matched, skipped, waves, offline, neverSeen, problems, warnings } = preview;
  return (
    <div className="flex flex-col gap-3 text-sm">
      <p>
        <span className="block text-2xl font-semibold tabular-nums">{countOf(included, "light")}</span>
        <span className="text-muted-foreground">
          of {formatCount(matched)} {anyLight ? "in the inventory can take" : "targeted would get"} {version ?? "it"}
        </span>
      </p>
      {anyLight ? null : problems.map((problem) => <Problem key={problem}>{problem}</Problem>)}
      {skipped.length > 0 ? (
        <div>
          <p className="text-xs font-medium text-muted-foreground">Skipped</p>
          <ul className="mt-0.5 list-disc pl-4">
            {skipped.map(({ reason, lights }) => (
              <li key={reason}>{skipPhrase(reason, lights)}</li>
            ))}
          </ul>
        </div>
      ) : null}
      {!anyLight && waves.length > 0 ? (
        <div>
          <p className="text-xs font-medium text-muted-foreground">Waves</p>
          <ol className="mt-0.5">
            {waves.map(({ name, lights }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: waves may share a name; their order is what they are
              <li key={index} className="flex justify-between gap-3">
                <span className="truncate">{name}</span>
                <span className="tabular-nums">{formatCount(lights)}</span>
              </li>
            ))}
          </ol>
        </div>
      ) : null}
      {offline > 0 ? <p className="text-muted-foreground">{awaySentence(offline, neverSeen)}</p> : null}
      {warnings.map((warning) => (
        <Problem key={warning} tone="warning">
          {warning}
        </Problem>
      ))}
    </div>
  );
}

function awaySentence(offline: number, neverSeen: number): string {
  const never = neverSeen > 0 ? ` (${formatCount(neverSeen)} never seen yet)` : "";
  const [are, they] = offline === 1 ? ["light is", "it is"] : ["lights are", "they are"];
  return `${formatCount(offline)} ${are} not connected now${never}; ${they} updated on coming back.`;
}
