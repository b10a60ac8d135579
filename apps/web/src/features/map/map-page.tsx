"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { List, MapPinOff, MonitorX } from "lucide-react";
import Link from "next/link";
import { parseAsString, parseAsStringLiteral, useQueryState } from "nuqs";
import { useMemo, useState } from "react";
import { FilterBar } from "@/features/lights/filter-bar";
import { useLightsUrl } from "@/features/lights/lights-url";
import { Legend } from "@/features/map/legend";
import type { ColourBy, MapPoint } from "@/features/map/light-marks";
import { LightPanel } from "@/features/map/light-panel";
import { LightsMap } from "@/features/map/lights-map";
import { loadMapLibre } from "@/features/map/load-maplibre";
import { cn } from "@/lib/cn";
import { countOf } from "@/lib/format";
import { isNarrowed } from "@/lib/lights-query";
import { paths } from "@/lib/paths";
import { useSession } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { buttonVariants } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";

// The renderer is on its way while the page still asks who is signed in. When it cannot come, the map itself says so.
if (typeof window !== "undefined") loadMapLibre().catch(() => undefined);

const none: readonly MapPoint[] = [];

/** Where the lights are, and how they are. */
export function MapPage() {
  const trpc = useTRPC();
  const { installation } = useSession();
  const { query, setQuery } = useLightsUrl();
  const [colourBy, setColourBy] = useQueryState(
    "colour",
    parseAsStringLiteral(["presence", "update"]).withDefault("presence"),
  );
  const [selectedId, setSelectedId] = useQueryState("light", parseAsString);
  const [unsupported, setUnsupported] = useState(false);
  const map = useQuery(trpc.device.mapPoints.queryOptions({ query }, { placeholderData: keepPreviousData }));
  const points = useMemo<readonly MapPoint[] | undefined>(() => map.data?.points, [map.data]);
  return (
    <PageFrame fill className="max-w-none">
      <PageHeader
        title="Map"
        description={
          points ? (
            <span aria-live="polite">
              {countOf(points.length, "light")} with a position
              {isNarrowed(query) ? (points.length === 1 ? " matches the filters" : " match the filters") : ""}
            </span>
          ) : (
            "Loading…"
          )
        }
        actions={
          <>
            <ColourSwitch value={colourBy} onChange={(next) => void setColourBy(next)} />
            <Link href={paths.lights(query)} className={buttonVariants()}>
              <List aria-hidden="true" />
              Show as list
            </Link>
          </>
        }
      />
      <FilterBar query={query} onChange={setQuery} />
      <div className="relative min-h-80 flex-1 overflow-hidden rounded-lg border bg-surface-muted">
        {unsupported ? (
          <EmptyState
            icon={MonitorX}
            title="This browser cannot draw the map"
            className="h-full justify-center"
            action={
              <Link href={paths.lights(query)} className={buttonVariants({ variant: "primary" })}>
                Show the lights as a list
              </Link>
            }
          >
            The map needs WebGL 2. Turn on hardware acceleration, or use another browser. The list has the same lights
            and filters.
          </EmptyState>
        ) : map.isError && points === undefined ? (
          <ErrorState title="The map could not be loaded" error={map.error} onRetry={() => void map.refetch()} />
        ) : (
          <>
            <LightsMap
              points={points}
              colourBy={colourBy}
              tileUrl={installation.tileUrl}
              selectedId={selectedId}
              onSelect={(id) => void setSelectedId(id)}
              onUnsupported={() => setUnsupported(true)}
            />
            {points?.length === 0 ? (
              <div className="pointer-events-none absolute inset-0 flex items-center justify-center p-4">
                <EmptyState
                  icon={MapPinOff}
                  title="No light has a position here"
                  className="pointer-events-auto rounded-lg border bg-surface py-8"
                >
                  {isNarrowed(query)
                    ? "No light with a position matches the filters."
                    : "A position comes from an import, from the light's Location object, or is set on its page."}
                </EmptyState>
              </div>
            ) : null}
            <div className="pointer-events-none absolute inset-x-3 top-3 bottom-8 flex flex-col items-start gap-3 max-md:justify-end md:right-14">
              {selectedId === null ? null : (
                <div className="pointer-events-auto flex max-h-full min-h-0 flex-col max-md:w-full max-md:[&>aside]:max-h-72 md:[&>aside]:max-h-full">
                  <LightPanel id={selectedId} onClose={() => void setSelectedId(null)} />
                </div>
              )}
            </div>
            {points && points.length > 0 ? (
              <details
                open
                className={cn(
                  "absolute right-3 bottom-8 rounded-lg border bg-surface p-2 shadow-sm",
                  selectedId !== null && "max-md:hidden",
                )}
              >
                <summary className="cursor-pointer px-1.5 text-xs font-medium">Legend</summary>
                <div className="mt-1">
                  <Legend points={points ?? none} colourBy={colourBy} query={query} />
                </div>
              </details>
            ) : null}
          </>
        )}
      </div>
    </PageFrame>
  );
}

const choices: readonly { readonly value: ColourBy; readonly label: string }[] = [
  { value: "presence", label: "Presence" },
  { value: "update", label: "Update" },
];

function ColourSwitch({ value, onChange }: { readonly value: ColourBy; readonly onChange: (value: ColourBy) => void }) {
  return (
    <fieldset className="flex items-center gap-1 rounded-md border border-border-strong/60 bg-surface p-0.5">
      <legend className="sr-only">Colour by</legend>
      {choices.map((choice) => (
        <label
          key={choice.value}
          htmlFor={`colour-${choice.value}`}
          className={cn(
            "cursor-pointer rounded px-2.5 py-1 text-sm has-focus-visible:outline-2 has-focus-visible:outline-ring",
            value === choice.value ? "bg-lamp-soft font-medium" : "text-muted-foreground hover:text-foreground",
          )}
        >
          <input
            id={`colour-${choice.value}`}
            type="radio"
            name="colour"
            className="sr-only"
            checked={value === choice.value}
            onChange={() => onChange(choice.value)}
          />
          {choice.label}
        </label>
      ))}
    </fieldset>
  );
}
