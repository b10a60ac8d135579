"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { FileCode2, SearchX } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useQueryState } from "nuqs";
import { UploadDefinitions } from "@/features/object-models/upload-definitions";
import { formatCount, nothing } from "@/lib/format";
import { paths } from "@/lib/paths";
import { type RouterOutputs, useTRPC } from "@/lib/trpc";
import { Badge } from "@/ui/badge";
import { Card } from "@/ui/card";
import { type DataColumn, DataTable } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { RelativeTime } from "@/ui/relative-time";
import { SearchInput } from "@/ui/search-input";
import { SkeletonRows } from "@/ui/skeleton";

type Row = RouterOutputs["objectModel"]["list"][number];

const columns: readonly DataColumn<Row>[] = [
  { id: "id", accessorKey: "id", header: "Object", size: 90, meta: { align: "right" } },
  {
    id: "name",
    accessorKey: "name",
    header: "Name",
    size: 220,
    meta: { grow: true },
    cell: ({ row }) => (
      <Link href={paths.objectModel(row.original)} className="font-medium hover:underline">
        {row.original.name}
      </Link>
    ),
  },
  { id: "version", accessorKey: "version", header: "Version", size: 90 },
  {
    id: "source",
    accessorKey: "source",
    header: "From",
    size: 110,
    cell: ({ row }) =>
      row.original.source === "uploaded" ? <Badge tone="busy">uploaded</Badge> : <Badge tone="outline">built in</Badge>,
  },
  {
    id: "resources",
    accessorKey: "resources",
    header: "Resources",
    size: 120,
    meta: { align: "right" },
    cell: ({ row }) => formatCount(row.original.resources),
  },
  {
    id: "lights",
    accessorKey: "lights",
    header: "Lights",
    size: 90,
    meta: { align: "right" },
    cell: ({ row }) => formatCount(row.original.lights),
  },
  {
    id: "uploadedAt",
    accessorKey: "uploadedAt",
    header: "Uploaded",
    size: 120,
    cell: ({ row }) => (row.original.uploadedAt ? <RelativeTime at={row.original.uploadedAt} /> : nothing),
  },
];

/** Every object definition that lights are understood by. */
export function ObjectModelsPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const [search, setSearch] = useQueryState("q", { defaultValue: "" });
  const models = useQuery(
    trpc.objectModel.list.queryOptions(search ? { search } : {}, { placeholderData: keepPreviousData }),
  );
  return (
    <PageFrame fill>
      <PageHeader
        title="Object models"
        description="What the objects of lights mean: their resources, types and ranges. Each light is understood by the version that it registered with."
        actions={<UploadDefinitions />}
      />
      <SearchInput
        label="Search object models"
        value={search}
        onChange={(text) => void setSearch(text || null)}
        className="max-w-sm"
      />
      <Card className="flex min-h-0 flex-1 flex-col overflow-hidden">
        {models.isError ? (
          <ErrorState error={models.error} onRetry={() => void models.refetch()} />
        ) : models.isPending ? (
          <SkeletonRows label="Loading object models" />
        ) : (
          <DataTable
            label="Object models"
            columns={columns}
            rows={models.data}
            rowId={({ id, version }) => `${id} ${version}`}
            onRowClick={(row) => router.push(paths.objectModel(row))}
            className="min-h-0 flex-1"
            empty={
              search ? (
                <EmptyState icon={SearchX} title={`No object model matches “${search}”`}>
                  Search by number, name or URN. An object of a maker&apos;s own is known once its file is uploaded;
                  until then its values can still be read.
                </EmptyState>
              ) : (
                <EmptyState icon={FileCode2} title="No object models">
                  Upload the definition files that came with your lights.
                </EmptyState>
              )
            }
          />
        )}
      </Card>
    </PageFrame>
  );
}
