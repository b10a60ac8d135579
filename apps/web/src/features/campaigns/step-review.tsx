"use client";
import type { CampaignPreview, PackageView } from "@lamplighter/api/views";
import { type UseQueryResult, useMutation, useQuery } from "@tanstack/react-query";
import { CalendarClock, FileText, Play } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import {
  type CampaignDraft,
  confirmingSentence,
  type DraftStep,
  planOf,
  problemsOfStep,
} from "@/features/campaigns/draft";
import { instantOfLocal, zoneName } from "@/features/campaigns/schedule";
import { gateSentence } from "@/features/campaigns/wave-plan";
import { countOf, formatDuration, formatMinute, packageTitle } from "@/lib/format";
import { describeQuery } from "@/lib/lights-query";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Facts } from "@/ui/facts";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";
import { Problem } from "@/ui/problem";

const submitWords = {
  later: { word: "Write as draft", icon: FileText },
  now: { word: "Write and start", icon: Play },
  at: { word: "Write and schedule", icon: CalendarClock },
} as const;

/** Everything once more, in one sentence to be confirmed. */
export function StepReview({
  draft,
  change,
  firmware,
  preview,
  onGo,
  onWritten,
  back,
}: {
  readonly draft: CampaignDraft;
  readonly change: (part: Partial<CampaignDraft>) => void;
  readonly firmware: PackageView | undefined;
  readonly preview: UseQueryResult<CampaignPreview, { message: string }>;
  readonly onGo: (step: DraftStep) => void;
  readonly onWritten: (campaignId: string) => void;
  readonly back: ReactNode;
}) {
  const trpc = useTRPC();
  const mayWrite = useRefusal("campaign.write");
  const mayStart = useRefusal("campaign.start");
  const create = useMutation(trpc.campaign.create.mutationOptions());
  const [tried, setTried] = useState(false);
  const resolved = preview.data;
  const problems = problemsOfStep("review", draft, { now: new Date(), resolution: resolved });
  const nameProblem = problems.find(({ field }) => field === "name")?.problem;
  const refusal =
    mayWrite ??
    (draft.start.kind === "later" ? undefined : mayStart) ??
    (resolved ? undefined : "The lights are still being counted.") ??
    problems.find(({ field }) => field === "preview")?.problem;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const plan = planOf(draft);
    if (!plan || problems.length > 0 || refusal) return;
    try {
      const written = await create.mutateAsync({ ...plan, name: draft.name.trim() });
      onWritten(written.id);
    } catch {
      // The form shows the mutation's error.
    }
  };
  const { word, icon: Icon } = submitWords[draft.start.kind];
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-5">
      <FormField label="Name of the campaign" error={tried ? nameProblem : undefined}>
        <Input
          value={draft.name}
          maxLength={120}
          placeholder={firmware ? packageTitle(firmware) : undefined}
          onChange={(event) => change({ name: event.target.value })}
        />
      </FormField>
      {resolved && firmware && resolved.included > 0 ? (
        <p className="rounded-lg bg-lamp-soft px-4 py-3 font-medium" data-testid="confirming-sentence">
          {confirmingSentence({
            version: firmware.version,
            matched: resolved.matched,
            included: resolved.included,
            waves: draft.waves.length,
            skipped: resolved.skipped,
          })}
        </p>
      ) : null}
      <Summary draft={draft} firmware={firmware} onGo={onGo} />
      {preview.isError ? <Problem>{preview.error.message}</Problem> : null}
      {resolved?.problems.map((problem) => (
        <Problem key={problem}>{problem}</Problem>
      ))}
      {create.isError ? <Problem>{create.error.message}</Problem> : null}
      <div className="flex flex-wrap justify-between gap-2 border-t pt-4">
        {back}
        <Button type="submit" variant="primary" busy={create.isPending} disabledReason={refusal}>
          <Icon aria-hidden="true" /> {word}
        </Button>
      </div>
    </form>
  );
}

function Summary({
  draft,
  firmware,
  onGo,
}: {
  readonly draft: CampaignDraft;
  readonly firmware: PackageView | undefined;
  readonly onGo: (step: DraftStep) => void;
}) {
  const trpc = useTRPC();
  const { target, waves, limits, start } = draft;
  const groupId = target?.kind === "group" ? target.groupId : undefined;
  const group = useQuery(trpc.group.get.queryOptions({ id: groupId ?? "" }, { enabled: groupId !== undefined }));
  const instant = start.kind === "at" ? instantOfLocal(start.local) : undefined;
  const change = (step: DraftStep, label: string) => (
    <Button variant="link" size="small" className="ml-2" aria-label={`Change ${label}`} onClick={() => onGo(step)}>
      Change
    </Button>
  );
  return (
    <Facts
      facts={[
        {
          term: "Firmware",
          value: (
            <>
              {firmware ? packageTitle(firmware) : "…"}
              {change("firmware", "firmware")}
            </>
          ),
        },
        {
          term: "Lights",
          value: (
            <>
              {target?.kind === "group"
                ? `Group “${group.data?.name ?? "…"}”`
                : target?.kind === "devices"
                  ? countOf(target.deviceIds.length, "chosen light")
                  : sentenceCase(describeQuery(target?.query ?? {}))}
              {change("target", "lights")}
            </>
          ),
        },
        {
          term: "Waves",
          value: (
            <>
              <ol>
                {waves.map((wave, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: waves may share a name; their order is what they are
                  <li key={index}>
                    {wave.name} {wave.percent} %
                    <span className="block text-xs text-muted-foreground">
                      {gateSentence(wave.gate, index === waves.length - 1)}
                    </span>
                  </li>
                ))}
              </ol>
              <span className="-ml-4">{change("waves", "waves")}</span>
            </>
          ),
        },
        {
          term: "Limits",
          value: (
            <>
              At most {countOf(limits.concurrencyMax, "light")} at a time;{" "}
              {countOf(limits.retry.attemptsMax, "attempt")}; download within{" "}
              {formatDuration(limits.downloadDeadlineSeconds)}, back within{" "}
              {formatDuration(limits.returnDeadlineSeconds)}; pauses by itself above {limits.stop.failedPercentMax} %
              failed or {limits.stop.lostMax} lost.{change("limits", "limits")}
            </>
          ),
        },
        {
          term: "Start",
          value: (
            <>
              {start.kind === "now"
                ? "At once"
                : instant
                  ? `${formatMinute(instant.toISOString())}, ${zoneName(instant)}`
                  : "When somebody presses start"}
              {change("limits", "start")}
            </>
          ),
        },
      ]}
    />
  );
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
