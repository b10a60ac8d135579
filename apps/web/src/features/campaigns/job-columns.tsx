"use client";
import type { JobView } from "@lamplighter/api/views";
import { parseAsString, useQueryState } from "nuqs";
import { reasonOf } from "@/features/campaigns/job-reason";
import { truncatedPercent } from "@/features/campaigns/progress";
import { formatBytes, nothing } from "@/lib/format";
import type { DataColumn } from "@/ui/data-table";
import { Progress } from "@/ui/progress";
import { RelativeTime } from "@/ui/relative-time";
import { JobStateBadge } from "@/ui/status-badge";

/** The columns of a campaign's lights. */
export const jobColumns: readonly DataColumn<JobView>[] = [
  {
    id: "light",
    header: "Light",
    enableSorting: false,
    meta: { grow: true },
    cell: ({ row }) => <OpenJob job={row.original} />,
  },
  {
    id: "state",
    header: "State",
    size: 150,
    enableSorting: false,
    cell: ({ row }) => <JobStateBadge state={row.original.state} />,
  },
  {
    id: "progress",
    header: "Image",
    size: 170,
    enableSorting: false,
    cell: ({ row }) => <JobProgress job={row.original} />,
  },
  {
    id: "reason",
    header: "Reason",
    size: 300,
    enableSorting: false,
    cell: ({ row }) => <span title={row.original.detail ?? ""}>{reasonOf(row.original) ?? nothing}</span>,
  },
  {
    id: "attempt",
    header: "Attempt",
    size: 80,
    enableSorting: false,
    meta: { align: "right" },
    cell: ({ row }) => (row.original.attempt > 0 ? row.original.attempt : nothing),
  },
  {
    id: "from",
    header: "From",
    size: 90,
    enableSorting: false,
    cell: ({ row }) => row.original.fromVersion ?? nothing,
  },
  {
    id: "updated",
    header: "Changed",
    size: 110,
    enableSorting: false,
    cell: ({ row }) => <RelativeTime at={row.original.updatedAt} />,
  },
];

function OpenJob({ job }: { readonly job: JobView }) {
  const [, open] = useQueryState("job", parseAsString);
  return (
    <button
      type="button"
      className="block max-w-full truncate font-medium hover:underline"
      onClick={() => void open(job.id)}
    >
      {job.name ?? job.endpoint}
    </button>
  );
}

/** How much of the image a light has. */
export function JobProgress({ job }: { readonly job: JobView }) {
  if (job.bytesTotal === 0 || (job.bytesDone === 0 && job.state !== "downloading")) {
    return <span className="text-muted-foreground">{nothing}</span>;
  }
  return (
    <span className="flex items-center gap-2" title={`${formatBytes(job.bytesDone)} of ${formatBytes(job.bytesTotal)}`}>
      <Progress
        label={`Image on ${job.name ?? job.endpoint}`}
        total={job.bytesTotal}
        parts={[{ tone: job.state === "failed" ? "bad" : "busy", value: job.bytesDone, label: "bytes" }]}
        className="w-20"
      />
      <span className="text-xs text-muted-foreground tabular-nums">
        {truncatedPercent(job.bytesDone, job.bytesTotal)} %
      </span>
    </span>
  );
}
