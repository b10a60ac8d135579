"use client";
import { useQuery } from "@tanstack/react-query";
import { Gauge } from "lucide-react";
import type { ResourceNode } from "@/features/light/resource-dialogs";
import { showWire, unitWord } from "@/features/light/wire-text";
import { useTRPC } from "@/lib/trpc";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { RelativeTime } from "@/ui/relative-time";
import { SkeletonRows } from "@/ui/skeleton";

/** Objects of the connection and the update: their values stand elsewhere on the page. */
const plumbing = new Set([0, 1, 2, 3, 4, 5, 21]);
const valuesShownMax = 24;

/** What the light measures and does now; it moves by itself while the light is observed. */
export function LiveValues({ deviceId }: { readonly deviceId: string }) {
  const trpc = useTRPC();
  const tree = useQuery(trpc.device.objects.queryOptions({ id: deviceId }));
  const values = (tree.data ?? [])
    .filter(({ object }) => !plumbing.has(object))
    .flatMap(({ name, instances }) =>
      instances.flatMap(({ instance, resources }) =>
        resources
          .filter(({ reading }) => reading !== null)
          .map((resource) => ({ resource, object: instances.length > 1 ? `${name} ${instance}` : name })),
      ),
    )
    .slice(0, valuesShownMax);
  return (
    <Card aria-label="Live values">
      <CardHeader title="Live values" description="As the light last reported them" />
      <CardContent>
        {tree.isPending ? (
          <SkeletonRows rows={5} label="Loading values" />
        ) : tree.isError ? (
          <ErrorState className="py-4" error={tree.error} onRetry={() => void tree.refetch()} />
        ) : values.length === 0 ? (
          <EmptyState icon={Gauge} title="Nothing is known yet" className="py-8">
            Read or observe a resource under Objects, and its value appears here.
          </EmptyState>
        ) : (
          <ul className="divide-y">
            {values.map(({ resource, object }) => (
              <LiveValue key={resource.path} resource={resource} object={object} />
            ))}
          </ul>
        )}
      </CardContent>
    </Card>
  );
}

function LiveValue({ resource, object }: { readonly resource: ResourceNode; readonly object: string }) {
  if (resource.reading === null) return null;
  return (
    <li className="flex items-baseline justify-between gap-3 py-1.5">
      <span className="min-w-0">
        <span className="block break-words">{resource.name}</span>
        <span className="block text-xs break-words text-muted-foreground">
          {object} <span className="font-mono">{resource.path}</span>
        </span>
      </span>
      <span className="text-right">
        <span className="block font-medium break-all tabular-nums">
          {showWire(resource.reading.value)}{" "}
          <span className="font-normal text-muted-foreground">{unitWord(resource.units)}</span>
        </span>
        <span className="block text-xs text-muted-foreground">
          <RelativeTime at={resource.reading.at} />
        </span>
      </span>
    </li>
  );
}
