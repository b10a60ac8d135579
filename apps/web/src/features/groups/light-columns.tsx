import type { DeviceRow } from "@lamplighter/api/views";
import Link from "next/link";
import { nothing } from "@/lib/format";
import { paths } from "@/lib/paths";
import type { DataColumn } from "@/ui/data-table";
import { PresenceBadge } from "@/ui/status-badge";

/** The columns of a table in which lights are chosen or listed beside something else; the inventory's own table has more. */
export const lightColumns: readonly DataColumn<DeviceRow>[] = [
  {
    id: "name",
    header: "Light",
    enableSorting: false,
    meta: { grow: true },
    cell: ({ row }) => (
      <Link href={paths.light(row.original.id)} prefetch={false} className="font-medium hover:underline">
        {row.original.name ?? row.original.endpoint}
      </Link>
    ),
  },
  { id: "model", header: "Model", size: 130, enableSorting: false, cell: ({ row }) => row.original.model ?? nothing },
  {
    id: "firmware",
    header: "Firmware",
    size: 100,
    enableSorting: false,
    cell: ({ row }) => row.original.firmwareVersion ?? nothing,
  },
  {
    id: "street",
    header: "Street",
    size: 160,
    enableSorting: false,
    cell: ({ row }) => row.original.street ?? nothing,
  },
  {
    id: "presence",
    header: "Presence",
    size: 130,
    enableSorting: false,
    cell: ({ row }) => <PresenceBadge presence={row.original.presence} />,
  },
];
