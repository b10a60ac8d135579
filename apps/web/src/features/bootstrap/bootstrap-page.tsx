"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { KeyRound, Plus, SearchX } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { BootstrapHistory } from "@/features/bootstrap/history-list";
import { nothing } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useRefusal, useSession } from "@/lib/session";
import { type RouterOutputs, useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { CopyButton } from "@/ui/copy-button";
import { type DataColumn, DataTable } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { RelativeTime } from "@/ui/relative-time";
import { SearchInput } from "@/ui/search-input";
import { SkeletonRows } from "@/ui/skeleton";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/ui/tabs";

type ConfigurationRow = RouterOutputs["bootstrap"]["list"][number];

const tabs = ["configurations", "history"] as const;

const columns: readonly DataColumn<ConfigurationRow>[] = [
  {
    id: "name",
    accessorKey: "name",
    header: "Configuration",
    meta: { grow: true },
    cell: ({ row }) => (
      <Link href={paths.bootstrapConfiguration(row.original.id)} className="font-medium hover:underline">
        {row.original.name}
      </Link>
    ),
  },
  { id: "target", header: "For", size: 240, enableSorting: false, cell: ({ row }) => <Target row={row.original} /> },
  {
    id: "servers",
    header: "Servers",
    size: 280,
    enableSorting: false,
    cell: ({ row }) =>
      row.original.configuration.security
        .filter(({ isBootstrapServer }) => !isBootstrapServer)
        .map(({ uri }) => uri)
        .join(", ") || nothing,
  },
  {
    id: "updatedAt",
    accessorKey: "updatedAt",
    header: "Changed",
    size: 130,
    cell: ({ row }) => <RelativeTime at={row.original.updatedAt} />,
  },
];

function Target({ row: { target } }: { readonly row: ConfigurationRow }) {
  if (target.kind === "default") return "Every other light";
  if (target.kind === "device") {
    return target.deviceId === null ? (
      target.endpoint
    ) : (
      <Link href={paths.light(target.deviceId)} prefetch={false} className="hover:underline">
        {target.endpoint}
      </Link>
    );
  }
  return target.groupId === null ? (
    <span className="text-bad">Nobody: its group was removed</span>
  ) : (
    <Link href={paths.group(target.groupId)} prefetch={false} className="hover:underline">
      Group {target.groupName}
    </Link>
  );
}

/** What lights get when they bootstrap, and how that went. */
export function BootstrapPage() {
  const { installation } = useSession();
  const [tab, setTab] = useQueryState("tab", parseAsStringLiteral(tabs).withDefault("configurations"));
  const [search, setSearch] = useQueryState("q", { defaultValue: "" });
  const router = useRouter();
  const refusal = useRefusal("bootstrap.write");
  const create = (
    <Button variant="primary" disabledReason={refusal} onClick={() => router.push(paths.bootstrapNew())}>
      <Plus aria-hidden="true" /> New configuration
    </Button>
  );
  return (
    <PageFrame fill={tab === "configurations"}>
      <PageHeader
        title="Bootstrap"
        description={
          <>
            A light that knows no server asks at{" "}
            <code className="font-mono break-all">{installation.bootstrapUri}</code>{" "}
            <CopyButton text={installation.bootstrapUri} label="Copy the bootstrap server's address" /> and gets its
            accounts from a configuration here. A light that none is for is refused.
          </>
        }
        actions={create}
      />
      <Tabs
        value={tab}
        onValueChange={(next) => void setTab(next as (typeof tabs)[number])}
        className={tab === "configurations" ? "min-h-0 flex-1" : ""}
      >
        <TabsList aria-label="Bootstrap">
          <TabsTrigger value="configurations">Configurations</TabsTrigger>
          <TabsTrigger value="history">History</TabsTrigger>
        </TabsList>
        <SearchInput
          label={tab === "history" ? "Search the history" : "Search configurations"}
          value={search}
          onChange={(text) => void setSearch(text || null)}
          className="max-w-sm"
        />
        <TabsContent value="configurations" className="flex min-h-0 flex-1 flex-col">
          <Configurations search={search} create={create} />
        </TabsContent>
        <TabsContent value="history">
          <BootstrapHistory search={search} />
        </TabsContent>
      </Tabs>
    </PageFrame>
  );
}

function Configurations({ search, create }: { readonly search: string; readonly create: React.ReactNode }) {
  const trpc = useTRPC();
  const router = useRouter();
  const configurations = useQuery(
    trpc.bootstrap.list.queryOptions(search ? { search } : {}, { placeholderData: keepPreviousData }),
  );
  return (
    <Card className="flex min-h-0 flex-1 flex-col overflow-hidden">
      {configurations.isError ? (
        <ErrorState error={configurations.error} onRetry={() => void configurations.refetch()} />
      ) : configurations.isPending ? (
        <SkeletonRows label="Loading configurations" />
      ) : (
        <DataTable
          label="Bootstrap configurations"
          columns={columns}
          rows={configurations.data}
          rowId={(row) => row.id}
          onRowClick={(row) => router.push(paths.bootstrapConfiguration(row.id))}
          className="min-h-0 flex-1"
          empty={
            search ? (
              <EmptyState icon={SearchX} title={`No configuration matches “${search}”`}>
                Search for less, or clear the search.
              </EmptyState>
            ) : (
              <EmptyState icon={KeyRound} title="No bootstrap configuration yet" action={create}>
                Until there is one, every light that asks for its accounts is refused. Begin with one for every light.
              </EmptyState>
            )
          }
        />
      )}
    </Card>
  );
}
