"use client";
import { useQuery } from "@tanstack/react-query";
import { Cpu, Rocket } from "lucide-react";
import Link from "next/link";
import { nothing } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useTRPC } from "@/lib/trpc";
import { Card, CardHeader } from "@/ui/card";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { RelativeTime } from "@/ui/relative-time";
import { SkeletonRows } from "@/ui/skeleton";
import { JobStateBadge } from "@/ui/status-badge";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";

/** Which versions a light ran, and what campaigns did with it. */
export function FirmwareTab({ deviceId }: { readonly deviceId: string }) {
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[1fr_2fr]">
      <FirmwareHistory deviceId={deviceId} />
      <Jobs deviceId={deviceId} />
    </div>
  );
}

function FirmwareHistory({ deviceId }: { readonly deviceId: string }) {
  const trpc = useTRPC();
  const history = useQuery(trpc.device.firmwareHistory.queryOptions({ id: deviceId }));
  return (
    <Card>
      <CardHeader title="Firmware history" />
      {history.isPending ? (
        <SkeletonRows rows={3} label="Loading history" />
      ) : history.isError ? (
        <ErrorState error={history.error} onRetry={() => void history.refetch()} />
      ) : history.data.length === 0 ? (
        <EmptyState icon={Cpu} title="No version was seen yet">
          The version is read when the light registers.
        </EmptyState>
      ) : (
        <Table aria-label="Firmware history">
          <TableHeader>
            <tr>
              <TableHead className="pl-4">Version</TableHead>
              <TableHead>First seen</TableHead>
              <TableHead>By</TableHead>
            </tr>
          </TableHeader>
          <TableBody>
            {history.data.map((seen) => (
              <TableRow key={`${seen.at} ${seen.version}`}>
                <TableCell className="pl-4 font-medium">{seen.version}</TableCell>
                <TableCell>
                  <RelativeTime at={seen.at} />
                </TableCell>
                <TableCell>
                  {seen.campaignId ? (
                    <Link href={paths.campaign(seen.campaignId)} className="hover:underline">
                      {seen.campaignName}
                    </Link>
                  ) : (
                    nothing
                  )}
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
    </Card>
  );
}

function Jobs({ deviceId }: { readonly deviceId: string }) {
  const trpc = useTRPC();
  const jobs = useQuery(trpc.device.jobs.queryOptions({ id: deviceId }));
  return (
    <Card>
      <CardHeader title="Campaigns" description="What each campaign did with this light" />
      {jobs.isPending ? (
        <SkeletonRows rows={3} label="Loading campaigns" />
      ) : jobs.isError ? (
        <ErrorState error={jobs.error} onRetry={() => void jobs.refetch()} />
      ) : jobs.data.length === 0 ? (
        <EmptyState icon={Rocket} title="No campaign has included this light" />
      ) : (
        <Table aria-label="Campaigns of this light" className="min-w-[40rem]">
          <TableHeader>
            <tr>
              <TableHead className="pl-4">Campaign</TableHead>
              <TableHead>State</TableHead>
              <TableHead>Version</TableHead>
              <TableHead className="text-right">Attempt</TableHead>
              <TableHead>Changed</TableHead>
            </tr>
          </TableHeader>
          <TableBody>
            {jobs.data.map((job) => (
              <TableRow key={job.id}>
                <TableCell className="max-w-72 pl-4">
                  <Link
                    href={paths.campaign(job.campaignId, { job: job.id })}
                    className="block truncate font-medium hover:underline"
                  >
                    {job.campaignName}
                  </Link>
                  {job.detail ? <span className="block text-xs text-muted-foreground">{job.detail}</span> : null}
                </TableCell>
                <TableCell>
                  <JobStateBadge state={job.state} />
                </TableCell>
                <TableCell className="whitespace-nowrap">
                  {job.fromVersion ?? nothing} → {job.expectedVersion}
                </TableCell>
                <TableCell className="text-right tabular-nums">{job.attempt}</TableCell>
                <TableCell>
                  <RelativeTime at={job.updatedAt} />
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
    </Card>
  );
}
