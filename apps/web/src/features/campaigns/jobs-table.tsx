"use client";
import type { CampaignView, JobView } from "@lamplighter/api/views";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Lightbulb, SearchX } from "lucide-react";
import { parseAsString, useQueryState, useQueryStates } from "nuqs";
import { useMemo } from "react";
import { ActiveFilters } from "@/features/campaigns/active-filters";
import { ExportJobs } from "@/features/campaigns/export-jobs";
import { jobColumns } from "@/features/campaigns/job-columns";
import { isFiltered, jobFilterParsers, jobsInput, noFilters } from "@/features/campaigns/job-filters";
import { JobSheet } from "@/features/campaigns/job-sheet";
import { countOf } from "@/lib/format";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { DataTable } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { SearchInput } from "@/ui/search-input";
import { SkeletonRows } from "@/ui/skeleton";

const pageItems = 200;

/** The lights of a campaign. Filters stand in the address, so that a counter can lead here and a link can be shared. */
export function JobsTable({ campaign }: { readonly campaign: CampaignView }) {
  const trpc = useTRPC();
  const [filters, setFilters] = useQueryStates(jobFilterParsers);
  const [openJob, setOpenJob] = useQueryState("job", parseAsString);
  const input = jobsInput(campaign.id, filters);
  const jobs = useInfiniteQuery(
    trpc.campaign.jobs.infiniteQueryOptions(
      { ...input, limit: pageItems },
      { getNextPageParam: (page) => page.nextCursor, placeholderData: keepPreviousData },
    ),
  );
  const rows = useMemo(() => jobs.data?.pages.flatMap((page) => page.items) ?? [], [jobs.data]);
  const total = jobs.data?.pages[0]?.total ?? 0;
  const clear = () => void setFilters(noFilters);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <SearchInput
          label="Search lights of the campaign"
          placeholder="Name or endpoint"
          value={filters.q}
          onChange={(text) => void setFilters({ q: text || null })}
          className="min-w-48 flex-1 sm:max-w-sm"
        />
        <ActiveFilters campaign={campaign} filters={filters} onChange={(change) => void setFilters(change)} />
        <p role="status" className="text-xs text-muted-foreground tabular-nums">
          {jobs.isPending ? "" : countOf(total, "light")}
        </p>
        <ExportJobs name={campaign.name} input={input} total={total} />
      </div>
      {campaign.removedLights > 0 ? (
        <p className="text-sm text-muted-foreground">
          {countOf(campaign.removedLights, "light was", "lights were")} removed from the inventory since: the figures
          above count {campaign.removedLights === 1 ? "it" : "them"}, this list does not.
        </p>
      ) : null}
      {jobs.isError ? (
        <ErrorState error={jobs.error} onRetry={() => void jobs.refetch()} />
      ) : jobs.isPending ? (
        <SkeletonRows label="Loading the campaign's lights" />
      ) : (
        <DataTable<JobView>
          label="Lights of the campaign"
          columns={jobColumns}
          rows={rows}
          rowId={(row) => row.id}
          total={total}
          rowHeight={45}
          onRowClick={(row) => void setOpenJob(row.id)}
          hasMore={jobs.hasNextPage}
          loadingMore={jobs.isFetchingNextPage}
          onEndReached={() => void jobs.fetchNextPage()}
          empty={
            isFiltered(filters) ? (
              <EmptyState
                icon={SearchX}
                title="No light of this campaign is like that now"
                action={<Button onClick={clear}>Show all lights</Button>}
              >
                Lights move on while it runs.
              </EmptyState>
            ) : (
              <EmptyState icon={Lightbulb} title="This campaign has no lights" />
            )
          }
          className="max-h-[min(36rem,70dvh)] min-h-40 rounded-md border"
        />
      )}
      <JobSheet
        jobId={openJob}
        known={rows.find(({ id }) => id === openJob)}
        campaign={campaign}
        onClose={() => void setOpenJob(null)}
      />
    </div>
  );
}
