"use client";
import type { DeviceQuery } from "@lamplighter/campaigns/device-query";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { askable } from "@/features/groups/query-edit";
import { formatCount } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useTRPC } from "@/lib/trpc";

/** "57 lights match", counted on the server while the query is written; the number leads to those lights. */
export function MatchingLights({ query }: { readonly query: DeviceQuery }) {
  const trpc = useTRPC();
  const asked = askable(query);
  const count = useQuery(trpc.device.count.queryOptions({ query: asked }, { placeholderData: keepPreviousData }));
  if (count.isError)
    return (
      <p role="alert" className="text-sm text-bad">
        {count.error.message}
      </p>
    );
  if (!count.data)
    return (
      <p role="status" className="text-sm text-muted-foreground">
        Counting lights…
      </p>
    );
  const { lights } = count.data;
  return (
    <p role="status" className="text-sm">
      <Link
        href={paths.lights(asked)}
        prefetch={false}
        target="_blank"
        className="font-semibold text-lamp tabular-nums underline-offset-4 hover:underline"
      >
        {formatCount(lights)} {lights === 1 ? "light" : "lights"}
      </Link>{" "}
      {lights === 1 ? "matches" : "match"}
    </p>
  );
}
