"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import Link from "next/link";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { eventKinds, eventWords, identityText, type SecurityEvent } from "@/features/security/words";
import { countOf } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useTRPC } from "@/lib/trpc";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { RelativeTime } from "@/ui/relative-time";
import { SearchInput } from "@/ui/search-input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/ui/select";
import { SkeletonRows } from "@/ui/skeleton";

const pageEvents = 25;
const all = "all";
/** `failing`: two kinds in one, as the tile counts them. */
const eventFilters = [...eventKinds, "failing"] as const;

/** What happened to keys and connections, newest first: of one light, or of all that a filter leaves. */
export function SecurityEvents({
  endpoint,
  isFiltered = false,
}: {
  readonly endpoint?: string;
  readonly isFiltered?: boolean;
}) {
  const trpc = useTRPC();
  const [kind, setKind] = useQueryState("kind", parseAsStringLiteral(eventFilters));
  const [search, setSearch] = useQueryState("q", { defaultValue: "" });
  const chosen = isFiltered ? { ...(kind && { kind }), ...(search && { search }) } : {};
  const events = useInfiniteQuery(
    trpc.security.events.infiniteQueryOptions(
      { limit: pageEvents, ...(endpoint !== undefined && { endpoint }), ...chosen },
      { getNextPageParam: (page) => page.nextCursor },
    ),
  );
  const rows = events.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card>
      <CardHeader
        title="Security events"
        description={events.data ? countOf(events.data.pages[0]?.total ?? 0, "event") : undefined}
      />
      <CardContent className="flex flex-col gap-3">
        {isFiltered ? (
          <div className="flex flex-wrap gap-2">
            <SearchInput
              label="Search events"
              value={search}
              onChange={(text) => void setSearch(text || null)}
              className="max-w-sm min-w-48 flex-1"
            />
            <Select
              value={kind ?? all}
              onValueChange={(next) => void setKind(next === all ? null : (next as (typeof eventFilters)[number]))}
            >
              <SelectTrigger aria-label="Kind of event" className="w-56">
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                <SelectItem value={all}>All kinds</SelectItem>
                <SelectItem value="failing">Failed handshakes and wrong keys</SelectItem>
                {eventKinds.map((each) => (
                  <SelectItem key={each} value={each}>
                    {eventWords[each].label}
                  </SelectItem>
                ))}
              </SelectContent>
            </Select>
          </div>
        ) : null}
        {events.isPending ? (
          <SkeletonRows label="Loading security events" />
        ) : events.isError && rows.length === 0 ? (
          <ErrorState error={events.error} onRetry={() => void events.refetch()} />
        ) : rows.length === 0 ? (
          <EmptyState icon={ShieldCheck} title="Nothing to report">
            {isFiltered && (kind || search)
              ? "No event matches. Search for less, or choose another kind."
              : "Handshakes that fail, wrong names and keys, and whoever is refused appear here."}
          </EmptyState>
        ) : (
          <ul aria-label="Security events" className="flex flex-col divide-y">
            {rows.map((event) => (
              <li key={event.seq}>
                <EventRow event={event} isNamed={event.endpoint !== endpoint} />
              </li>
            ))}
          </ul>
        )}
        {events.hasNextPage ? (
          <Button className="self-start" busy={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>
            Show older events
          </Button>
        ) : null}
      </CardContent>
    </Card>
  );
}

function EventRow({ event, isNamed }: { readonly event: SecurityEvent; readonly isNamed: boolean }) {
  const { label, tone, meaning } = eventWords[event.kind];
  const identity = identityText(event.identity);
  return (
    <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1 py-2 text-sm">
      <Badge tone={tone} title={meaning}>
        {label}
      </Badge>
      {isNamed && event.endpoint !== null ? (
        <Link
          href={event.deviceId === null ? paths.securityLight(event.endpoint) : paths.light(event.deviceId, "security")}
          prefetch={false}
          className="min-w-0 font-medium break-all hover:underline"
        >
          {event.endpoint}
        </Link>
      ) : null}
      <span className="min-w-0 break-words">{event.detail}</span>
      {event.count > 1 ? <span className="text-xs text-muted-foreground">{countOf(event.count, "time")}</span> : null}
      <span className="ml-auto text-xs text-muted-foreground">
        <RelativeTime at={event.lastAt} />
      </span>
      {identity || event.address ? (
        <span className="w-full font-mono text-xs break-all text-muted-foreground">
          {[identity && `identity ${identity}`, event.address && `from ${event.address}`].filter(Boolean).join(" · ")}
        </span>
      ) : null}
    </div>
  );
}
