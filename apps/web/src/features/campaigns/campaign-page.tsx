"use client";
import type { CampaignView } from "@lamplighter/api/views";
import { useQuery } from "@tanstack/react-query";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { CampaignActions } from "@/features/campaigns/campaign-actions";
import { CampaignHeadline } from "@/features/campaigns/campaign-headline";
import { EventLog } from "@/features/campaigns/event-log";
import { JobsTable } from "@/features/campaigns/jobs-table";
import { PlanFacts } from "@/features/campaigns/plan-facts";
import { ProgressCard } from "@/features/campaigns/progress-card";
import { ReasonsCard } from "@/features/campaigns/reasons-card";
import { WavesCard } from "@/features/campaigns/waves-card";
import { packageTitle } from "@/lib/format";
import { useLiveFocus } from "@/lib/live";
import { usePageTitle } from "@/lib/page-title";
import { paths } from "@/lib/paths";
import { useTRPC } from "@/lib/trpc";
import { Card, CardContent } from "@/ui/card";
import { ErrorState } from "@/ui/error-state";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { SkeletonRows } from "@/ui/skeleton";
import { CampaignStateBadge } from "@/ui/status-badge";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/ui/tabs";

const crumbs = [{ label: "Campaigns", href: paths.campaigns() }];
const tabs = ["lights", "events", "plan"] as const;

/** One campaign as it runs: where it stands and why, who failed, who waits for what, and what can be done. */
export function CampaignPage({ id }: { readonly id: string }) {
  const trpc = useTRPC();
  useLiveFocus({ campaignId: id });
  const campaign = useQuery(trpc.campaign.get.queryOptions({ id }));
  if (campaign.data) return <LoadedCampaign campaign={campaign.data} />;
  return (
    <PageFrame>
      <PageHeader title="Campaign" crumbs={crumbs} />
      {campaign.isError ? (
        <ErrorState error={campaign.error} onRetry={() => void campaign.refetch()} />
      ) : (
        <SkeletonRows label="Loading the campaign" />
      )}
    </PageFrame>
  );
}

function LoadedCampaign({ campaign }: { readonly campaign: CampaignView }) {
  usePageTitle(campaign.name);
  const [tab, setTab] = useQueryState("tab", parseAsStringLiteral(tabs).withDefault("lights"));
  return (
    <PageFrame>
      <PageHeader
        title={campaign.name}
        crumbs={crumbs}
        badge={<CampaignStateBadge state={campaign.state} pauseReason={campaign.pauseReason} />}
        description={`${packageTitle({ name: campaign.packageName, version: campaign.version })} for ${campaign.targetLabel}`}
        actions={<CampaignActions campaign={campaign} />}
      />
      <CampaignHeadline campaign={campaign} />
      <ProgressCard campaign={campaign} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <WavesCard campaign={campaign} />
        <ReasonsCard campaign={campaign} />
      </div>
      <Card id="lights" className="scroll-mt-4">
        <CardContent className="pt-2">
          <Tabs value={tab} onValueChange={(next) => void setTab(next as (typeof tabs)[number])}>
            <TabsList aria-label="Details of the campaign">
              <TabsTrigger value="lights">Lights</TabsTrigger>
              <TabsTrigger value="events">Event log</TabsTrigger>
              <TabsTrigger value="plan">Plan</TabsTrigger>
            </TabsList>
            <TabsContent value="lights">
              <JobsTable campaign={campaign} />
            </TabsContent>
            <TabsContent value="events">
              <EventLog campaignId={campaign.id} />
            </TabsContent>
            <TabsContent value="plan">
              <PlanFacts campaign={campaign} />
            </TabsContent>
          </Tabs>
        </CardContent>
      </Card>
    </PageFrame>
  );
}
