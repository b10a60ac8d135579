"use client";
import type { DeviceRow } from "@lamplighter/api/views";
import type { DeviceQuery } from "@lamplighter/campaigns/device-query";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Lightbulb } from "lucide-react";
import { useMemo, useState } from "react";
import { lightColumns } from "@/features/groups/light-columns";
import { cn } from "@/lib/cn";
import { countOf } from "@/lib/format";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { DataTable } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { SearchInput } from "@/ui/search-input";
import { SkeletonRows } from "@/ui/skeleton";

const pageItems = 200;
/** More lights than this do not travel by name; a query says the same in one line. */
export const pickedMax = 10_000;

/** A searchable list of lights with boxes to tick. What is ticked stays ticked while the search changes. */
export function LightPicker({
  label,
  query = {},
  selection,
  onSelectionChange,
  className,
}: {
  readonly label: string;
  /** Narrows what can be chosen, e.g. to the members of a group. */
  readonly query?: DeviceQuery;
  readonly selection: ReadonlySet<string>;
  readonly onSelectionChange?: (selection: ReadonlySet<string>) => void;
  readonly className?: string;
}) {
  const trpc = useTRPC();
  const [search, setSearch] = useState("");
  const asked = search ? { ...query, text: search } : query;
  const lights = useInfiniteQuery(
    trpc.device.list.infiniteQueryOptions(
      { query: asked, limit: pageItems },
      { getNextPageParam: (page) => page.nextCursor, placeholderData: keepPreviousData },
    ),
  );
  const rows = useMemo(() => lights.data?.pages.flatMap((page) => page.items) ?? [], [lights.data]);
  const total = lights.data?.pages[0]?.total ?? 0;
  const change = (shown: ReadonlySet<string>) => {
    // The table knows only the rows it shows: what was ticked before under another search must not be lost.
    const ids = new Set(rows.map(({ id }) => id));
    const elsewhere = [...selection].filter((id) => !ids.has(id));
    onSelectionChange?.(new Set([...elsewhere, ...shown].slice(0, pickedMax)));
  };
  return (
    <div className={cn("flex min-h-0 flex-col gap-2", className)}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <SearchInput
          label={`Search ${label.toLowerCase()}`}
          value={search}
          onChange={setSearch}
          className="min-w-48 flex-1"
        />
        <p role="status" className="text-xs text-muted-foreground tabular-nums">
          {onSelectionChange ? `${countOf(selection.size, "light")} chosen, ` : ""}
          {lights.isPending ? "" : `${countOf(total, "light")} in all`}
        </p>
        {onSelectionChange && selection.size > 0 ? (
          <Button size="small" variant="ghost" onClick={() => onSelectionChange(new Set())}>
            Choose none
          </Button>
        ) : null}
      </div>
      {lights.isError ? (
        <ErrorState error={lights.error} onRetry={() => void lights.refetch()} />
      ) : lights.isPending ? (
        <SkeletonRows rows={6} label="Loading lights" />
      ) : (
        <DataTable<DeviceRow>
          label={label}
          columns={lightColumns}
          rows={rows}
          rowId={(row) => row.id}
          rowLabel={(row) => row.name ?? row.endpoint}
          total={total}
          selection={selection}
          {...(onSelectionChange ? { onSelectionChange: change } : {})}
          hasMore={lights.hasNextPage}
          loadingMore={lights.isFetchingNextPage}
          onEndReached={() => void lights.fetchNextPage()}
          empty={
            <EmptyState icon={Lightbulb} title={search ? "No light matches these words" : "No lights here"}>
              {search ? "Search for less, or clear the search." : "Lights appear once they register or are imported."}
            </EmptyState>
          }
          className="max-h-96 min-h-40 rounded-lg border bg-surface"
        />
      )}
    </div>
  );
}
