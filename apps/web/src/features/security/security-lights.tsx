"use client";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { SearchX, ShieldQuestion } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useCallback, useMemo } from "react";
import {
  bootstrapOnlyWords,
  identityText,
  modeFilterLabels,
  modeFilters,
  modeWords,
  registeredWords,
  type SecurityLightRow,
} from "@/features/security/words";
import { countOf, nothing } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useTRPC } from "@/lib/trpc";
import { Badge } from "@/ui/badge";
import { type DataColumn, DataTable } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { RelativeTime } from "@/ui/relative-time";
import { SearchInput } from "@/ui/search-input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/ui/select";
import { SkeletonRows } from "@/ui/skeleton";

const ways = ["secure", "clear", "no"] as const;
const states = ["active", "pending", "none"] as const;
const stateLabels = { active: "In use", pending: "New key not used yet", none: "No credential" } as const;
const all = "all";

const hrefOf = ({ deviceId, endpoint }: SecurityLightRow) =>
  deviceId === null ? paths.securityLight(endpoint) : paths.light(deviceId, "security");

const columns: readonly DataColumn<SecurityLightRow>[] = [
  {
    id: "endpoint",
    header: "Light",
    enableSorting: false,
    meta: { grow: true },
    cell: ({ row: { original } }) => (
      <Link href={hrefOf(original)} prefetch={false} className="font-medium hover:underline">
        {original.name ?? original.endpoint}
        {original.deviceId === null ? <span className="text-muted-foreground"> (not seen yet)</span> : null}
      </Link>
    ),
  },
  {
    id: "mode",
    header: "Proves itself by",
    size: 200,
    enableSorting: false,
    cell: ({ row: { original } }) => {
      const isForBootstrap = original.mode === "none" && original.hasBootstrapCredential;
      const { label, tone, meaning } = isForBootstrap ? bootstrapOnlyWords : modeWords[original.mode];
      return (
        <Badge tone={tone} title={meaning}>
          {label}
        </Badge>
      );
    },
  },
  {
    id: "registered",
    header: "Registered",
    size: 150,
    enableSorting: false,
    cell: ({ row: { original } }) => {
      const { label, tone, meaning } = registeredWords[original.registered ?? "no"];
      return (
        <Badge tone={tone} title={meaning}>
          {label}
        </Badge>
      );
    },
  },
  {
    id: "identity",
    header: "Identity",
    size: 200,
    enableSorting: false,
    cell: ({ row: { original } }) => (
      <span className="font-mono text-xs">{identityText(original.identity) ?? nothing}</span>
    ),
  },
  {
    id: "lastHandshakeAt",
    header: "Last handshake",
    size: 150,
    enableSorting: false,
    cell: ({ row: { original } }) =>
      original.lastHandshakeAt === null ? nothing : <RelativeTime at={original.lastHandshakeAt} />,
  },
  {
    id: "connectionId",
    header: "Connection ID",
    size: 120,
    enableSorting: false,
    cell: ({ row: { original } }) =>
      original.lastHasConnectionId === null ? nothing : original.lastHasConnectionId ? "Yes" : "No",
  },
  {
    id: "rotating",
    header: "New key",
    size: 140,
    enableSorting: false,
    cell: ({ row: { original } }) =>
      original.rotatingSince === null ? (
        nothing
      ) : (
        <>
          since <RelativeTime at={original.rotatingSince} />
        </>
      ),
  },
];

/** Every light and what it proves itself with. */
export function SecurityLights() {
  const trpc = useTRPC();
  const router = useRouter();
  const [mode, setMode] = useQueryState("mode", parseAsStringLiteral(modeFilters));
  const [registered, setRegistered] = useQueryState("registered", parseAsStringLiteral(ways));
  const [state, setState] = useQueryState("state", parseAsStringLiteral(states));
  const [search, setSearch] = useQueryState("q", { defaultValue: "" });
  const input = {
    limit: 100,
    ...(mode && { mode }),
    ...(registered && { registered }),
    ...(state && { state }),
    ...(search && { search }),
  };
  const list = useInfiniteQuery(
    trpc.security.lights.infiniteQueryOptions(input, {
      getNextPageParam: (page) => page.nextCursor,
      placeholderData: keepPreviousData,
    }),
  );
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? 0;
  const { fetchNextPage } = list;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const isNarrowed = mode !== null || registered !== null || state !== null || search !== "";
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput
          label="Search lights and identities"
          value={search}
          onChange={(text) => void setSearch(text || null)}
          className="max-w-sm min-w-48 flex-1"
        />
        <Choice label="Proves itself by" value={mode} onChange={setMode} labels={modeFilterLabels} />
        <Choice label="Registered" value={registered} onChange={setRegistered} labels={labelsOf(registeredWords)} />
        <Choice label="Credential" value={state} onChange={setState} labels={stateLabels} />
        <span aria-live="polite" className="text-xs text-muted-foreground">
          {list.data ? countOf(total, "light") : ""}
        </span>
      </div>
      <div className="flex h-[60vh] min-h-72 flex-col overflow-hidden rounded-lg border bg-surface">
        {list.isPending ? (
          <SkeletonRows rows={8} label="Loading lights" />
        ) : list.isError && rows.length === 0 ? (
          <ErrorState title="The lights could not be loaded" error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <DataTable
            label="Lights and their security"
            className="flex-1"
            columns={columns}
            rows={rows}
            rowId={(row) => row.endpoint}
            total={total}
            onRowClick={(row) => router.push(hrefOf(row))}
            hasMore={list.hasNextPage}
            loadingMore={list.isFetchingNextPage}
            onEndReached={more}
            empty={
              isNarrowed ? (
                <EmptyState icon={SearchX} title="No light matches">
                  Fewer filters, or another word, may find it.
                </EmptyState>
              ) : (
                <EmptyState icon={ShieldQuestion} title="There are no lights yet">
                  Give a light a key before it first registers, or import keys for many.
                </EmptyState>
              )
            }
          />
        )}
      </div>
    </div>
  );
}

function labelsOf<Value extends string>(words: Readonly<Record<Value, { readonly label: string }>>) {
  const entries = Object.entries<{ readonly label: string }>(words).map(([value, { label }]) => [value, label]);
  return Object.fromEntries(entries) as Readonly<Record<Value, string>>;
}

function Choice<Value extends string>({
  label,
  value,
  onChange,
  labels,
}: {
  readonly label: string;
  readonly value: Value | null;
  readonly onChange: (value: Value | null) => unknown;
  readonly labels: Readonly<Record<Value, string>>;
}) {
  return (
    <Select value={value ?? all} onValueChange={(next) => void onChange(next === all ? null : (next as Value))}>
      <SelectTrigger aria-label={label} className="w-48">
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        <SelectItem value={all}>{label}: any</SelectItem>
        {(Object.keys(labels) as Value[]).map((each) => (
          <SelectItem key={each} value={each}>
            {labels[each]}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}
