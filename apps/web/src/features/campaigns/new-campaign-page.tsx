"use client";
import { useQuery } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useRouter } from "next/navigation";
import { parseAsString, parseAsStringLiteral, useQueryState, useQueryStates } from "nuqs";
import { useState } from "react";
import { type CampaignDraft, draftSteps, furthestStep, problemsOfStep, stepShown } from "@/features/campaigns/draft";
import { DraftSteps } from "@/features/campaigns/draft-steps";
import { PreviewCard } from "@/features/campaigns/preview-card";
import { StepFirmware } from "@/features/campaigns/step-firmware";
import { StepLimits } from "@/features/campaigns/step-limits";
import { StepReview } from "@/features/campaigns/step-review";
import { StepTarget } from "@/features/campaigns/step-target";
import { StepWaves } from "@/features/campaigns/step-waves";
import { useDraft } from "@/features/campaigns/use-draft";
import { usePreview } from "@/features/campaigns/use-preview";
import { keptTarget } from "@/lib/chosen-target";
import { paths } from "@/lib/paths";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card, CardContent } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { Problem } from "@/ui/problem";
import { SkeletonRows } from "@/ui/skeleton";

/** Writes a campaign in five steps. The step stands in the address, the draft in this tab's storage. */
export function NewCampaignPage() {
  const [given, setGiven] = useQueryStates({ package: parseAsString, group: parseAsString, target: parseAsString });
  const { draft, change, startOver, forget } = useDraft(() => {
    // Taken over once: after that the draft says what is chosen, also after a reload.
    void setGiven(null, { history: "replace" });
    return draftOf(given);
  });
  const [writing, setWriting] = useState(0);
  const [, setStep] = useQueryState("step");
  return (
    <PageFrame className="max-w-6xl">
      <PageHeader
        title="New campaign"
        crumbs={[{ label: "Campaigns", href: paths.campaigns() }]}
        actions={
          draft?.packageId || draft?.target ? (
            <Confirm
              title="Start over?"
              description="What you have chosen in these steps so far is forgotten. Nothing has been sent."
              action="Start over"
              onConfirm={async () => {
                startOver();
                setWriting(writing + 1);
                await setStep(null);
              }}
            >
              <Button variant="ghost">
                <RotateCcw aria-hidden="true" /> Start over
              </Button>
            </Confirm>
          ) : null
        }
      />
      {draft ? (
        <Writing key={writing} draft={draft} change={change} forget={forget} />
      ) : (
        <SkeletonRows label="Loading the draft" />
      )}
    </PageFrame>
  );
}

function Writing({
  draft,
  change,
  forget,
}: {
  readonly draft: CampaignDraft;
  readonly change: (part: Partial<CampaignDraft>) => void;
  readonly forget: () => void;
}) {
  const trpc = useTRPC();
  const router = useRouter();
  const [asked, setStep] = useQueryState(
    "step",
    parseAsStringLiteral(draftSteps).withDefault("firmware").withOptions({ history: "push" }),
  );
  const [tried, setTried] = useState(false);
  const preview = usePreview(draft);
  const packages = useQuery(trpc.firmware.list.queryOptions({}));
  const chosen = packages.data?.find(({ id }) => id === draft.packageId);
  const now = new Date();
  const step = stepShown(asked, draft, now);
  const problems = problemsOfStep(step, draft, {
    now,
    resolution: preview.isPlaceholderData ? undefined : preview.data,
  });
  const go = (to: (typeof draftSteps)[number]) => {
    setTried(false);
    void setStep(to);
    // The next step begins at its top, wherever the button of the last one was.
    window.scrollTo({ top: 0 });
  };
  const index = draftSteps.indexOf(step);
  const next = draftSteps[index + 1];
  const before = draftSteps[index - 1];
  const shown = { draft, change, problems: tried ? problems : [] };
  return (
    <>
      <DraftSteps step={step} furthest={furthestStep(draft, now)} onGo={go} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <Card>
          <CardContent className="flex flex-col gap-5 pt-4">
            {step === "firmware" ? <StepFirmware {...shown} packages={packages} /> : null}
            {step === "target" ? <StepTarget {...shown} /> : null}
            {step === "waves" ? <StepWaves {...shown} preview={preview.data} /> : null}
            {step === "limits" ? <StepLimits {...shown} /> : null}
            {step === "review" ? (
              <StepReview
                draft={draft}
                change={change}
                firmware={chosen}
                preview={preview}
                onGo={go}
                onWritten={(id) => {
                  forget();
                  router.push(paths.campaign(id));
                }}
                back={<Button onClick={() => go("limits")}>Back</Button>}
              />
            ) : (
              <>
                {tried && problems.length > 0 ? (
                  <Problem>
                    <ul>
                      {problems.map(({ field, problem }) => (
                        <li key={`${field} ${problem}`}>{problem}</li>
                      ))}
                    </ul>
                  </Problem>
                ) : null}
                <div className="flex flex-wrap justify-between gap-2 border-t pt-4">
                  {before ? (
                    <Button onClick={() => go(before)}>Back</Button>
                  ) : (
                    <Button onClick={() => router.push(paths.campaigns())}>Leave</Button>
                  )}
                  <Button variant="primary" onClick={() => (problems.length > 0 || !next ? setTried(true) : go(next))}>
                    Next
                  </Button>
                </div>
              </>
            )}
          </CardContent>
        </Card>
        <PreviewCard draft={draft} firmware={chosen} preview={preview} />
      </div>
    </>
  );
}

/** What an address says is decided already: a firmware, a group, or lights that were chosen on another page. */
function draftOf(given: {
  readonly package: string | null;
  readonly group: string | null;
  readonly target: string | null;
}): Partial<CampaignDraft> {
  const kept = given.target ? keptTarget(given.target) : undefined;
  return {
    ...(given.package ? { packageId: given.package } : {}),
    ...(given.group ? { target: { kind: "group", groupId: given.group } } : {}),
    ...(kept ? { target: kept } : {}),
  };
}
