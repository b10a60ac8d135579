import Link from "next/link";
import { LampLevel } from "@/features/lights/lamp-level";
import { nothing } from "@/lib/format";
import { paths } from "@/lib/paths";
import type { RouterOutputs } from "@/lib/trpc";
import type { DataColumn } from "@/ui/data-table";
import { RelativeTime } from "@/ui/relative-time";
import { JobStateBadge, PresenceBadge } from "@/ui/status-badge";

export type LightRow = RouterOutputs["device"]["list"]["items"][number];

function words(id: keyof LightRow & string, header: string, size: number, sortable = false): DataColumn<LightRow> {
  return {
    id,
    header,
    accessorFn: (row) => row[id],
    cell: ({ row }) => {
      const value = row.original[id];
      return typeof value === "string" ? (
        <span title={value}>{value}</span>
      ) : (
        <span className="text-muted-foreground">{nothing}</span>
      );
    },
    size,
    enableSorting: sortable,
  };
}

/** The columns of the list of lights. */
export const lightColumns: readonly DataColumn<LightRow>[] = [
  {
    id: "name",
    header: "Light",
    accessorFn: (row) => row.name ?? row.endpoint,
    cell: ({ row: { original: light } }) => (
      <span className="flex min-w-0 items-center gap-2">
        <Link
          href={paths.light(light.id)}
          prefetch={false}
          className="truncate font-medium hover:underline"
          title={light.name ?? light.endpoint}
        >
          {light.name ?? light.endpoint}
        </Link>
        {light.demo ? (
          <span className="text-xs text-muted-foreground" title="A virtual light of the demonstration">
            demo
          </span>
        ) : null}
      </span>
    ),
    size: 180,
    meta: { grow: true },
  },
  {
    id: "endpoint",
    header: "Endpoint",
    accessorFn: (row) => row.endpoint,
    cell: ({ row }) => (
      <span className="font-mono text-xs" title={row.original.endpoint}>
        {row.original.endpoint}
      </span>
    ),
    size: 180,
  },
  {
    id: "presence",
    header: "Presence",
    accessorFn: (row) => row.presence,
    cell: ({ row }) => <PresenceBadge presence={row.original.presence} />,
    size: 128,
  },
  {
    id: "lamp",
    header: "Lamp",
    cell: ({ row }) => <LampLevel level={row.original.lampLevel} failure={row.original.lampFailure} />,
    size: 106,
    enableSorting: false,
  },
  words("model", "Model", 96, true),
  words("hardwareRevision", "Hardware", 100),
  words("firmwareVersion", "Firmware", 96, true),
  words("street", "Street", 160, true),
  words("district", "District", 112),
  words("feeder", "Feeder", 100),
  words("cell", "Cell", 100),
  words("manufacturer", "Manufacturer", 140),
  {
    id: "job",
    header: "Update",
    cell: ({ row }) => {
      const job = row.original.activeJob;
      if (job === null) return <span className="text-muted-foreground">{nothing}</span>;
      return (
        <Link href={paths.campaign(job.campaignId, { job: job.jobId })} prefetch={false} title={job.campaignName}>
          <JobStateBadge state={job.state} />
        </Link>
      );
    },
    size: 138,
    enableSorting: false,
  },
  {
    id: "lastSeenAt",
    header: "Last seen",
    accessorFn: (row) => row.lastSeenAt,
    cell: ({ row }) => <RelativeTime at={row.original.lastSeenAt} />,
    size: 104,
  },
];

/** Columns that wait in the menu until somebody wants them. */
export const hiddenAtFirst: Readonly<Record<string, boolean>> = {
  endpoint: false,
  hardwareRevision: false,
  feeder: false,
  cell: false,
  manufacturer: false,
};
