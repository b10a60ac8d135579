"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { EventList } from "@/features/events/event-list";
import { countOf } from "@/lib/format";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { SkeletonRows } from "@/ui/skeleton";

const pageEvents = 50;

/** What happened to one light, page by page. */
export function LightTimeline({ deviceId }: { readonly deviceId: string }) {
  const trpc = useTRPC();
  const timeline = useInfiniteQuery(
    trpc.device.timeline.infiniteQueryOptions(
      { id: deviceId, limit: pageEvents },
      { getNextPageParam: (page) => page.nextCursor },
    ),
  );
  const events = timeline.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card>
      <CardHeader
        title="Timeline"
        description={timeline.data ? countOf(timeline.data.pages[0]?.total ?? 0, "event") : undefined}
      />
      <CardContent>
        {timeline.isPending ? (
          <SkeletonRows label="Loading timeline" />
        ) : timeline.isError && events.length === 0 ? (
          <ErrorState error={timeline.error} onRetry={() => void timeline.refetch()} />
        ) : events.length === 0 ? (
          <EmptyState icon={History} title="Nothing has happened yet">
            Registrations, operations and updates of this light appear here.
          </EmptyState>
        ) : (
          <>
            <EventList events={events} label="Timeline" about="device" />
            {timeline.hasNextPage ? (
              <Button className="mt-3" busy={timeline.isFetchingNextPage} onClick={() => void timeline.fetchNextPage()}>
                Show older events
              </Button>
            ) : null}
          </>
        )}
      </CardContent>
    </Card>
  );
}
