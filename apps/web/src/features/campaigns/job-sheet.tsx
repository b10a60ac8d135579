"use client";
import type { CampaignView, JobView } from "@lamplighter/api/views";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { JobProgress } from "@/features/campaigns/job-columns";
import { reasonOf } from "@/features/campaigns/job-reason";
import { failureWords } from "@/features/campaigns/words";
import { EventList } from "@/features/events/event-list";
import { formatInstant, nothing } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useTRPC } from "@/lib/trpc";
import { ErrorState } from "@/ui/error-state";
import { Facts } from "@/ui/facts";
import { Sheet, SheetContent } from "@/ui/sheet";
import { SkeletonRows } from "@/ui/skeleton";
import { JobStateBadge } from "@/ui/status-badge";

/** One light's way through the campaign, step by step, in a panel at the side. */
export function JobSheet({
  jobId,
  known,
  campaign,
  onClose,
}: {
  readonly jobId: string | null;
  /** The job, when the table shows it. */
  readonly known: JobView | undefined;
  readonly campaign: CampaignView;
  readonly onClose: () => void;
}) {
  return (
    <Sheet open={jobId !== null} onOpenChange={(open) => (open ? undefined : onClose())}>
      <SheetContent title={known ? (known.name ?? known.endpoint) : "Light"} className="max-w-lg">
        {known ? <JobFacts job={known} campaign={campaign} /> : null}
        {jobId ? <JobTimeline jobId={jobId} /> : null}
      </SheetContent>
    </Sheet>
  );
}

function JobFacts({ job, campaign }: { readonly job: JobView; readonly campaign: CampaignView }) {
  const reason = reasonOf(job);
  const wave = campaign.waves.find(({ ordinal }) => ordinal === job.waveOrdinal);
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <JobStateBadge state={job.state} />
        <JobProgress job={job} />
      </div>
      {reason ? (
        <p className="text-sm">
          {job.failureCode ? <span className="font-medium">{failureWords[job.failureCode]}: </span> : null}
          {reason}
        </p>
      ) : null}
      <Facts
        facts={[
          {
            term: "Light",
            value: (
              <Link href={paths.light(job.deviceId)} className="break-all text-lamp hover:underline">
                {job.endpoint}
              </Link>
            ),
          },
          { term: "Wave", value: wave?.name ?? job.waveOrdinal },
          { term: "Version", value: `${job.fromVersion ?? "unknown"} → ${job.expectedVersion}` },
          { term: "Attempt", value: `${job.attempt} of ${campaign.spec.retry.attemptsMax}` },
          { term: "Deadline", value: job.deadlineAt ? formatInstant(job.deadlineAt) : nothing },
          { term: "Next attempt", value: job.nextAttemptAt ? formatInstant(job.nextAttemptAt) : nothing },
        ]}
      />
    </>
  );
}

function JobTimeline({ jobId }: { readonly jobId: string }) {
  const trpc = useTRPC();
  const events = useQuery(trpc.campaign.jobTimeline.queryOptions({ jobId }));
  return (
    <section aria-label="Timeline" className="flex flex-col gap-2">
      <h3 className="text-sm font-semibold">Timeline</h3>
      {events.isError ? (
        <ErrorState error={events.error} onRetry={() => void events.refetch()} />
      ) : events.isPending ? (
        <SkeletonRows rows={4} label="Loading the timeline" />
      ) : events.data.length === 0 ? (
        <p className="text-sm text-muted-foreground">Nothing has happened with this light yet.</p>
      ) : (
        <EventList events={events.data} label="What happened" about="job" />
      )}
    </section>
  );
}
