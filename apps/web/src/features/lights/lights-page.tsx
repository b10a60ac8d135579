"use client";
import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Columns3, FileUp, Lightbulb, Map as MapIcon, MoreHorizontal, SearchX, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useCallback, useMemo, useState } from "react";
import type { ChosenLights } from "@/features/lights/add-to-group";
import { hiddenAtFirst, type LightRow, lightColumns } from "@/features/lights/columns";
import { FilterBar } from "@/features/lights/filter-bar";
import { type LightsSort, useLightsUrl } from "@/features/lights/lights-url";
import { SelectionBar } from "@/features/lights/selection-bar";
import { countOf } from "@/lib/format";
import { isNarrowed } from "@/lib/lights-query";
import { paths } from "@/lib/paths";
import { useRefusal, useSession } from "@/lib/session";
import { useStoredState } from "@/lib/stored-state";
import { useTRPC } from "@/lib/trpc";
import { Button, buttonVariants } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { DataTable } from "@/ui/data-table";
import {
  DropdownMenu,
  DropdownMenuCheckboxItem,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/ui/dropdown-menu";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { SkeletonRows } from "@/ui/skeleton";
import { toast } from "@/ui/toast";

const nobody: ReadonlySet<string> = new Set();

function NoLights({ narrowed, onClear }: { readonly narrowed: boolean; readonly onClear: () => void }) {
  const { installation } = useSession();
  if (narrowed) {
    return (
      <EmptyState icon={SearchX} title="No light matches" action={<Button onClick={onClear}>Clear all filters</Button>}>
        Fewer filters, or another word, may find it.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={Lightbulb}
      title="There are no lights yet"
      action={
        <>
          <Link href={paths.lightsImport()} className={buttonVariants({ variant: "primary" })}>
            Import lights from CSV
          </Link>
          <Link href={paths.settings()} className={buttonVariants()}>
            How to connect a light
          </Link>
        </>
      }
    >
      A light appears here when it registers at <code className="font-mono">{installation.coapUri}</code>, or when it is
      imported.
    </EmptyState>
  );
}

/** All lights: found, filtered, chosen. */
export function LightsPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const { query, setQuery, sort, setSort, input } = useLightsUrl();
  const [visibility, setVisibility] = useStoredState("lamplighter.lights.columns", hiddenAtFirst);
  const [selection, setSelection] = useState<ReadonlySet<string>>(nobody);
  const [allMatching, setAllMatching] = useState(false);
  const narrowed = isNarrowed(query);

  const list = useInfiniteQuery(
    trpc.device.list.infiniteQueryOptions(input, {
      getNextPageParam: (page) => page.nextCursor,
      placeholderData: keepPreviousData,
    }),
  );
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? 0;
  const { fetchNextPage } = list;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);

  const choose = (next: ReadonlySet<string>) => {
    setSelection(next);
    setAllMatching(false);
  };
  const changeQuery = (next: typeof query) => {
    setQuery(next);
    choose(nobody);
  };
  const chosen: ChosenLights = allMatching
    ? { kind: "matching", query, lights: total }
    : { kind: "ids", ids: [...selection] };
  const pendingIds = allMatching
    ? []
    : rows.filter((row) => row.presence === "pending" && selection.has(row.id)).map((row) => row.id);

  return (
    <PageFrame fill>
      <PageHeader
        title="Lights"
        description={
          list.data ? (
            <span aria-live="polite">
              {countOf(total, "light")}
              {narrowed ? (total === 1 ? " matches the filters" : " match the filters") : ""}
            </span>
          ) : (
            "Loading…"
          )
        }
        actions={
          <>
            <Link href={paths.map(query)} className={buttonVariants()}>
              <MapIcon aria-hidden="true" />
              <span className="max-sm:sr-only">Show on map</span>
            </Link>
            <Link href={paths.lightsImport()} className={buttonVariants()}>
              <FileUp aria-hidden="true" />
              Import CSV
            </Link>
            <ColumnMenu visibility={visibility} onChange={setVisibility} />
            <MoreMenu />
          </>
        }
      />
      <FilterBar query={query} onChange={changeQuery} />
      {selection.size > 0 || allMatching ? (
        <SelectionBar
          chosen={chosen}
          pendingIds={pendingIds}
          matching={!allMatching && selection.size < total ? total : undefined}
          onChooseMatching={() => setAllMatching(true)}
          onClear={() => choose(nobody)}
        />
      ) : null}
      <div className="flex min-h-64 flex-1 flex-col overflow-hidden rounded-lg border bg-surface">
        {list.isPending ? (
          <SkeletonRows rows={12} label="Loading lights" />
        ) : list.isError && rows.length === 0 ? (
          <ErrorState title="The lights could not be loaded" error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <DataTable
            label="Lights"
            className="flex-1"
            columns={lightColumns}
            rows={rows}
            rowId={rowId}
            rowLabel={rowLabel}
            total={total}
            sorting={[{ id: sort?.field ?? "endpoint", desc: sort?.direction === "desc" }]}
            onSortingChange={([first]) =>
              setSort(first && { field: first.id as LightsSort["field"], direction: first.desc ? "desc" : "asc" })
            }
            selection={allMatching ? new Set(rows.map(rowId)) : selection}
            onSelectionChange={choose}
            columnVisibility={visibility}
            onRowClick={(light) => router.push(paths.light(light.id))}
            hasMore={list.hasNextPage}
            loadingMore={list.isFetchingNextPage}
            onEndReached={more}
            empty={<NoLights narrowed={narrowed} onClear={() => changeQuery({})} />}
          />
        )}
      </div>
    </PageFrame>
  );
}

const rowId = (light: LightRow) => light.id;
const rowLabel = (light: LightRow) => light.name ?? light.endpoint;

function ColumnMenu({
  visibility,
  onChange,
}: {
  readonly visibility: Readonly<Record<string, boolean>>;
  readonly onChange: (visibility: Readonly<Record<string, boolean>>) => void;
}) {
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button>
          <Columns3 aria-hidden="true" />
          <span className="max-sm:sr-only">Columns</span>
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        {lightColumns.slice(1).map((column) => (
          <DropdownMenuCheckboxItem
            key={column.id}
            checked={visibility[column.id ?? ""] !== false}
            onCheckedChange={(checked) => onChange({ ...visibility, [column.id ?? ""]: checked === true })}
            onSelect={(event) => event.preventDefault()}
          >
            {String(column.header)}
          </DropdownMenuCheckboxItem>
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function MoreMenu() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refusal = useRefusal("device.remove");
  const [asking, setAsking] = useState(false);
  const removeDemo = useMutation(trpc.device.removeDemo.mutationOptions());
  return (
    <>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button size="icon" aria-label="More actions">
            <MoreHorizontal aria-hidden="true" />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent>
          <DropdownMenuItem
            danger
            disabled={refusal !== undefined}
            {...(refusal ? { title: refusal } : {})}
            onSelect={() => setAsking(true)}
          >
            <Trash2 aria-hidden="true" />
            Remove demo lights…
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Remove all demo lights?"
        description={
          <p>
            Every light marked “demo” leaves the inventory with its readings and history. Lights of your own stay.
            Virtual lights that still run may register again; start the program with <code>--no-demo</code> to be
            without them.
          </p>
        }
        action="Remove demo lights"
        danger
        onConfirm={async () => {
          const { lights } = await removeDemo.mutateAsync();
          toast.success(`${countOf(lights, "demo light")} removed.`);
          await queries.invalidateQueries();
        }}
      />
    </>
  );
}
