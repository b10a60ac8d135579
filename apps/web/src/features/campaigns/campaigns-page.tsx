"use client";
import type { CampaignRow } from "@lamplighter/api/views";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Plus, Rocket, SearchX } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import type { ReactNode } from "react";
import { CampaignProgress } from "@/features/campaigns/campaign-progress";
import { progressOf } from "@/features/campaigns/progress";
import { formatCount, packageTitle } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { type DataColumn, DataTable } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { RelativeTime } from "@/ui/relative-time";
import { SearchInput } from "@/ui/search-input";
import { SkeletonRows } from "@/ui/skeleton";
import { CampaignStateBadge } from "@/ui/status-badge";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/ui/tabs";

const tabs = ["live", "draft", "finished", "all"] as const;
type Tab = (typeof tabs)[number];
const tabWords: Readonly<Record<Tab, string>> = { live: "Live", draft: "Drafts", finished: "Finished", all: "All" };

const emptyWords: Readonly<Record<Tab, { readonly title: string; readonly next: string }>> = {
  live: { title: "No campaign is running", next: "Scheduled, running and paused campaigns appear here." },
  draft: { title: "No drafts", next: "A campaign that is written but not started waits here." },
  finished: { title: "Nothing has finished yet", next: "Completed, cancelled and expired campaigns are kept here." },
  all: { title: "No campaigns yet", next: "A campaign sends one firmware to many lights, wave by wave." },
};

const columns: readonly DataColumn<CampaignRow>[] = [
  {
    id: "name",
    header: "Campaign",
    enableSorting: false,
    meta: { grow: true },
    cell: ({ row }) => (
      <span className="block min-w-0">
        <Link href={paths.campaign(row.original.id)} className="block truncate font-medium hover:underline">
          {row.original.name}
        </Link>
        <span className="block truncate text-xs text-muted-foreground">
          {packageTitle({ name: row.original.packageName, version: row.original.version })}
        </span>
      </span>
    ),
  },
  {
    id: "state",
    header: "State",
    size: 230,
    enableSorting: false,
    cell: ({ row }) => <CampaignStateBadge state={row.original.state} pauseReason={row.original.pauseReason} />,
  },
  {
    id: "progress",
    header: "Progress",
    size: 260,
    enableSorting: false,
    cell: ({ row }) => <RowProgress campaign={row.original} />,
  },
  {
    id: "lights",
    header: "Lights",
    size: 90,
    enableSorting: false,
    meta: { align: "right" },
    cell: ({ row }) => formatCount(progressOf(row.original.tally).included),
  },
  { id: "by", header: "By", size: 140, enableSorting: false, cell: ({ row }) => row.original.createdBy },
  {
    id: "begun",
    header: "Begun",
    size: 110,
    enableSorting: false,
    cell: ({ row }) => <RelativeTime at={row.original.startedAt ?? row.original.startAt} />,
  },
];

/** All campaigns, by where they stand. */
export function CampaignsPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const [{ state, q }, set] = useQueryStates({
    state: parseAsStringLiteral(tabs).withDefault("live"),
    q: parseAsString.withDefault(""),
  });
  const refusal = useRefusal("campaign.write");
  const campaigns = useQuery(
    trpc.campaign.list.queryOptions({ state, ...(q ? { search: q } : {}) }, { placeholderData: keepPreviousData }),
  );
  const newCampaign = (
    <Button variant="primary" disabledReason={refusal} onClick={() => router.push(paths.campaignNew())}>
      <Plus aria-hidden="true" /> New campaign
    </Button>
  );
  let content: ReactNode;
  if (campaigns.isError) {
    content = <ErrorState error={campaigns.error} onRetry={() => void campaigns.refetch()} />;
  } else if (campaigns.isPending) {
    content = <SkeletonRows label="Loading campaigns" />;
  } else {
    content = (
      <DataTable
        label="Campaigns"
        columns={columns}
        rows={campaigns.data}
        rowId={(row) => row.id}
        rowHeight={53}
        onRowClick={(row) => router.push(paths.campaign(row.id))}
        className="min-h-0 flex-1"
        empty={
          q ? (
            <EmptyState icon={SearchX} title={`No campaign matches “${q}”`}>
              Search for less, or look under another tab.
            </EmptyState>
          ) : (
            <EmptyState icon={Rocket} title={emptyWords[state].title} action={newCampaign}>
              {emptyWords[state].next}
            </EmptyState>
          )
        }
      />
    );
  }
  return (
    <PageFrame fill>
      <PageHeader title="Campaigns" description="Firmware on its way to lights, wave by wave." actions={newCampaign} />
      <Tabs value={state} onValueChange={(next) => void set({ state: next as Tab })} className="min-h-0 flex-1 gap-3">
        <TabsList aria-label="Which campaigns">
          {tabs.map((tab) => (
            <TabsTrigger key={tab} value={tab}>
              {tabWords[tab]}
            </TabsTrigger>
          ))}
        </TabsList>
        <SearchInput
          label="Search campaigns"
          value={q}
          onChange={(text) => void set({ q: text || null })}
          className="w-full max-w-sm"
        />
        <TabsContent value={state} className="flex min-h-0 flex-1 flex-col">
          <Card className="flex min-h-0 flex-1 flex-col overflow-hidden">{content}</Card>
        </TabsContent>
      </Tabs>
    </PageFrame>
  );
}

function RowProgress({ campaign }: { readonly campaign: CampaignRow }) {
  const { included, succeeded, succeededPercent } = progressOf(campaign.tally);
  return (
    <span className="flex items-center gap-2">
      <CampaignProgress label={`Progress of ${campaign.name}`} tally={campaign.tally} className="w-28" />
      <span className="text-xs text-muted-foreground tabular-nums">
        {succeededPercent} % · {formatCount(succeeded)} of {formatCount(included)}
      </span>
    </span>
  );
}
