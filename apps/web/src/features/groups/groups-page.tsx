"use client";
import type { GroupView } from "@lamplighter/api/views";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Layers, Plus, SearchX } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useQueryState } from "nuqs";
import { GroupKindBadge } from "@/features/groups/group-kind-badge";
import { formatCount, nothing } from "@/lib/format";
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
import { SearchInput } from "@/ui/search-input";
import { SkeletonRows } from "@/ui/skeleton";

const columns: readonly DataColumn<GroupView>[] = [
  {
    id: "name",
    accessorKey: "name",
    header: "Group",
    meta: { grow: true },
    cell: ({ row }) => (
      <Link href={paths.group(row.original.id)} className="font-medium hover:underline">
        {row.original.name}
      </Link>
    ),
  },
  {
    id: "lights",
    accessorKey: "lights",
    header: "Lights",
    size: 100,
    meta: { align: "right" },
    cell: ({ row }) => (
      <Link href={paths.lights({ groupId: row.original.id })} prefetch={false} className="hover:underline">
        {formatCount(row.original.lights)}
      </Link>
    ),
  },
  {
    id: "kind",
    accessorKey: "kind",
    header: "Kind",
    size: 130,
    cell: ({ row }) => <GroupKindBadge kind={row.original.kind} />,
  },
  {
    id: "campaigns",
    header: "Unfinished campaigns",
    size: 200,
    enableSorting: false,
    cell: ({ row }) => row.original.campaigns.map(({ name }) => name).join(", ") || nothing,
  },
  {
    id: "description",
    header: "Description",
    size: 280,
    enableSorting: false,
    cell: ({ row }) => row.original.description ?? nothing,
  },
];

/** All groups, with how many lights each holds. */
export function GroupsPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const [search, setSearch] = useQueryState("q", { defaultValue: "" });
  const refusal = useRefusal("group.write");
  const groups = useQuery(
    trpc.group.list.queryOptions(search ? { search } : {}, { placeholderData: keepPreviousData }),
  );
  const newGroup = (
    <Button variant="primary" disabledReason={refusal} onClick={() => router.push(paths.groupNew())}>
      <Plus aria-hidden="true" /> New group
    </Button>
  );
  return (
    <PageFrame fill>
      <PageHeader
        title="Groups"
        description="Lights that are looked at and updated together: chosen by hand, or found by a saved query."
        actions={newGroup}
      />
      <SearchInput
        label="Search groups"
        value={search}
        onChange={(text) => void setSearch(text || null)}
        className="max-w-sm"
      />
      <Card className="flex min-h-0 flex-1 flex-col overflow-hidden">
        {groups.isError ? (
          <ErrorState error={groups.error} onRetry={() => void groups.refetch()} />
        ) : groups.isPending ? (
          <SkeletonRows label="Loading groups" />
        ) : (
          <DataTable
            label="Groups"
            columns={columns}
            rows={groups.data}
            rowId={(row) => row.id}
            onRowClick={(row) => router.push(paths.group(row.id))}
            className="min-h-0 flex-1"
            empty={
              search ? (
                <EmptyState icon={SearchX} title={`No group matches “${search}”`}>
                  Search for less, or clear the search.
                </EmptyState>
              ) : (
                <EmptyState icon={Layers} title="No groups yet" action={newGroup}>
                  Make one for a district, a model or a handful of lights to try new firmware on first.
                </EmptyState>
              )
            }
          />
        )}
      </Card>
    </PageFrame>
  );
}
