"use client";
import { useQuery } from "@tanstack/react-query";
import { Activity } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { EventList } from "@/features/events/event-list";
import { ConnectLight } from "@/features/overview/connect-light";
import { LightCounts } from "@/features/overview/light-counts";
import { LiveCampaigns } from "@/features/overview/live-campaigns";
import { paths } from "@/lib/paths";
import { useTRPC } from "@/lib/trpc";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { Skeleton } from "@/ui/skeleton";

// The chart's library is large; the numbers above it need not wait for it.
const VersionChart = dynamic(() => import("@/features/overview/version-chart").then((module) => module.VersionChart), {
  ssr: false,
  loading: () => <Skeleton className="h-56" />,
});

/** How the installation stands, at a glance. */
export function OverviewPage() {
  const trpc = useTRPC();
  const summary = useQuery(trpc.overview.summary.queryOptions());
  return (
    <PageFrame>
      <PageHeader title="Overview" />
      {summary.isPending ? (
        <OverviewSkeleton />
      ) : summary.isError ? (
        <ErrorState
          title="The overview could not be loaded"
          error={summary.error}
          onRetry={() => void summary.refetch()}
        />
      ) : (
        <>
          <LightCounts overview={summary.data} />
          {summary.data.lights.total === 0 ? <ConnectLight /> : null}
          <div className="grid gap-4 xl:grid-cols-2">
            <Card>
              <CardHeader
                title="Live campaigns"
                action={
                  <Link href={paths.campaigns()} className="text-xs text-lamp hover:underline">
                    All campaigns
                  </Link>
                }
              />
              <CardContent>
                <LiveCampaigns campaigns={summary.data.campaigns} />
              </CardContent>
            </Card>
            <Card>
              <CardHeader title="Firmware versions" description="What the lights run now, by model" />
              <CardContent>
                <VersionChart versions={summary.data.versions} />
              </CardContent>
            </Card>
          </div>
          <Card>
            <CardHeader title="Recent events" />
            <CardContent>
              {summary.data.recent.length === 0 ? (
                <EmptyState icon={Activity} title="Nothing has happened yet" className="py-8">
                  Registrations, refusals, campaigns and changes appear here as they happen.
                </EmptyState>
              ) : (
                <EventList events={summary.data.recent} label="Recent events" />
              )}
            </CardContent>
          </Card>
        </>
      )}
    </PageFrame>
  );
}

function OverviewSkeleton() {
  return (
    <div role="status" aria-label="Loading overview" className="flex flex-col gap-4">
      <div className="grid grid-cols-2 gap-2 sm:grid-cols-4 xl:grid-cols-8">
        {["a", "b", "c", "d", "e", "f", "g", "h"].map((key) => (
          <Skeleton key={key} className="h-16" />
        ))}
      </div>
      <div className="grid gap-4 xl:grid-cols-2">
        <Skeleton className="h-72" />
        <Skeleton className="h-72" />
      </div>
    </div>
  );
}
