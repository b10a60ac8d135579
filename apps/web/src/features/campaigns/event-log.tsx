"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ScrollText } from "lucide-react";
import { EventList } from "@/features/events/event-list";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { SkeletonRows } from "@/ui/skeleton";

const pageItems = 50;

/** Everything that happened in a campaign, newest first. */
export function EventLog({ campaignId }: { readonly campaignId: string }) {
  const trpc = useTRPC();
  const events = useInfiniteQuery(
    trpc.campaign.timeline.infiniteQueryOptions(
      { id: campaignId, limit: pageItems },
      { getNextPageParam: (page) => page.nextCursor },
    ),
  );
  if (events.isError) return <ErrorState error={events.error} onRetry={() => void events.refetch()} />;
  if (events.isPending) return <SkeletonRows rows={5} label="Loading the event log" />;
  const items = events.data.pages.flatMap((page) => page.items);
  if (items.length === 0) {
    return (
      <EmptyState icon={ScrollText} title="Nothing has happened yet">
        Starting it will be the first entry.
      </EmptyState>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <EventList events={items} label="Event log" about="campaign" />
      {events.hasNextPage ? (
        <Button className="self-center" busy={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>
          Show earlier
        </Button>
      ) : null}
    </div>
  );
}
