"use client";
import type { PackageView } from "@lamplighter/api/views";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Package, SearchX, Upload } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useQueryState } from "nuqs";
import { PackageStateBadge } from "@/features/firmware/package-state-badge";
import { formatBytes, formatCount } from "@/lib/format";
import { lightsWhere } from "@/lib/lights-query";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { type DataColumn, DataTable } from "@/ui/data-table";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { RelativeTime } from "@/ui/relative-time";
import { SearchInput } from "@/ui/search-input";
import { SkeletonRows } from "@/ui/skeleton";

const columns: readonly DataColumn<PackageView>[] = [
  {
    id: "name",
    accessorKey: "name",
    header: "Firmware",
    meta: { grow: true },
    cell: ({ row }) => (
      <span className="flex min-w-0 items-center gap-2">
        <Link href={paths.firmwarePackage(row.original.id)} className="truncate font-medium hover:underline">
          {row.original.name}
        </Link>
        {row.original.kind === "software" ? <Badge tone="outline">software</Badge> : null}
      </span>
    ),
  },
  { id: "version", accessorKey: "version", header: "Version", size: 110, cell: ({ row }) => row.original.version },
  {
    id: "state",
    accessorKey: "state",
    header: "State",
    size: 130,
    cell: ({ row }) => <PackageStateBadge state={row.original.state} />,
  },
  {
    id: "models",
    header: "For models",
    size: 180,
    enableSorting: false,
    cell: ({ row }) => row.original.models.join(", ") || "any",
  },
  {
    id: "lights",
    accessorKey: "lights",
    header: "Lights on it",
    size: 110,
    meta: { align: "right" },
    cell: ({ row }) =>
      // The versions of a light's parts are no filter of the list of lights.
      row.original.kind === "software" ? (
        formatCount(row.original.lights)
      ) : (
        <Link
          href={paths.lights(lightsWhere("firmwareVersion", row.original.version))}
          prefetch={false}
          className="hover:underline"
        >
          {formatCount(row.original.lights)}
        </Link>
      ),
  },
  {
    id: "bytes",
    accessorKey: "bytes",
    header: "Size",
    size: 90,
    meta: { align: "right" },
    cell: ({ row }) => formatBytes(row.original.bytes),
  },
  {
    id: "createdAt",
    accessorKey: "createdAt",
    header: "Uploaded",
    size: 110,
    cell: ({ row }) => <RelativeTime at={row.original.createdAt} />,
  },
];

/** All firmware that was uploaded. */
export function FirmwarePage() {
  const trpc = useTRPC();
  const router = useRouter();
  const [search, setSearch] = useQueryState("q", { defaultValue: "" });
  const refusal = useRefusal("firmware.upload");
  const packages = useQuery(
    trpc.firmware.list.queryOptions(search ? { search } : {}, { placeholderData: keepPreviousData }),
  );
  const upload = (
    <Button variant="primary" disabledReason={refusal} onClick={() => router.push(paths.firmwareUpload())}>
      <Upload aria-hidden="true" /> Upload firmware
    </Button>
  );
  return (
    <PageFrame fill>
      <PageHeader
        title="Firmware"
        description="Images that campaigns send to lights, and software for their parts."
        actions={upload}
      />
      <SearchInput
        label="Search firmware"
        value={search}
        onChange={(text) => void setSearch(text || null)}
        className="max-w-sm"
      />
      <Card className="flex min-h-0 flex-1 flex-col overflow-hidden">
        {packages.isError ? (
          <ErrorState error={packages.error} onRetry={() => void packages.refetch()} />
        ) : packages.isPending ? (
          <SkeletonRows label="Loading firmware" />
        ) : (
          <DataTable
            label="Firmware"
            columns={columns}
            rows={packages.data}
            rowId={(row) => row.id}
            onRowClick={(row) => router.push(paths.firmwarePackage(row.id))}
            className="min-h-0 flex-1"
            empty={
              search ? (
                <EmptyState icon={SearchX} title={`No firmware matches “${search}”`}>
                  Search for less, or clear the search.
                </EmptyState>
              ) : (
                <EmptyState icon={Package} title="No firmware yet" action={upload}>
                  Upload an image from the maker of your lights; then a campaign can send it.
                </EmptyState>
              )
            }
          />
        )}
      </Card>
    </PageFrame>
  );
}
