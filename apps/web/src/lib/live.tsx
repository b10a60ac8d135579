"use client";
import type { LiveEvent } from "@lamplighter/api/views";
import { type InfiniteData, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { useEffect, useMemo, useRef } from "react";
import { gatherRefreshes, type Refresh } from "@/lib/gather-refreshes";
import { type RouterOutputs, useTRPC } from "@/lib/trpc";

type TRPC = ReturnType<typeof useTRPC>;
// As the API hands them out over the wire: the same views, with mutable arrays.
type ObjectTree = RouterOutputs["device"]["objects"];
type CampaignRow = RouterOutputs["campaign"]["list"][number];
type Campaign = RouterOutputs["campaign"]["get"];
type Overview = RouterOutputs["overview"]["summary"];
type JobPage = RouterOutputs["campaign"]["jobs"];
type Job = JobPage["items"][number];
type Reading = NonNullable<ObjectTree[number]["instances"][number]["resources"][number]["reading"]>;

/** The newest answer is shown at most this often; a fleet that moves all the time must not keep a tab busy. */
const refreshMilliseconds = { list: 3_000, detail: 1_000, summary: 2_000, map: 3_000, facets: 10_000 } as const;

/**
 * Keeps what is on the screen true. One subscription for the whole tab: what an event carries is put into the cache at once,
 * what it only announces is read again, gathered. Stands once, in the shell.
 */
export function LiveUpdates() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refresh = useRefreshes();
  useSubscription(
    trpc.live.events.subscriptionOptions(
      { topics: ["devices", "campaigns", "firmware", "groups", "bootstraps", "definitions", "security"] },
      { onData: ({ data }) => applyEvent(data, { trpc, queries, refresh }) },
    ),
  );
  return null;
}

/**
 * Also follows the readings of one light, or the jobs of one campaign, while a page about it is open.
 * `onEvent` sees each event after the cache was brought up to date.
 */
export function useLiveFocus(
  focus: { readonly deviceId: string } | { readonly campaignId: string },
  onEvent?: (event: LiveEvent) => void,
): void {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refresh = useRefreshes();
  const listener = useRef(onEvent);
  listener.current = onEvent;
  useSubscription(
    trpc.live.events.subscriptionOptions(
      { topics: [], ...focus },
      {
        onData: ({ data }) => {
          applyEvent(data, { trpc, queries, refresh });
          listener.current?.(data);
        },
      },
    ),
  );
}

function useRefreshes(): Refresh {
  const queries = useQueryClient();
  const refreshes = useMemo(() => gatherRefreshes(queries), [queries]);
  useEffect(() => refreshes.stop, [refreshes]);
  return refreshes.refresh;
}

interface Tools {
  readonly trpc: TRPC;
  readonly queries: QueryClient;
  readonly refresh: Refresh;
}

function applyEvent(event: LiveEvent, tools: Tools): void {
  const { trpc, queries, refresh } = tools;
  switch (event.kind) {
    case "reset":
      void queries.invalidateQueries({}, { cancelRefetch: false });
      return;
    case "devices-changed":
      if (event.deviceIds.length === 0 && !event.more) return;
      refresh(trpc.device.list.pathFilter(), refreshMilliseconds.list);
      refresh(trpc.device.count.pathFilter(), refreshMilliseconds.summary);
      refresh(trpc.device.mapPoints.pathFilter(), refreshMilliseconds.map);
      refresh(trpc.device.facets.pathFilter(), refreshMilliseconds.facets);
      refresh(trpc.overview.summary.pathFilter(), refreshMilliseconds.summary);
      refreshOpenLights(event, tools);
      return;
    case "reading":
      putReading(event.deviceId, event.reading, tools);
      if (event.reading.path.startsWith("/9/")) {
        refresh(trpc.software.list.queryFilter({ deviceId: event.deviceId }), refreshMilliseconds.detail);
      }
      return;
    case "campaign":
      putCampaign(event, tools);
      return;
    case "job":
      putJob(event.job, tools);
      return;
    case "firmware-changed":
      refresh(trpc.firmware.pathFilter(), refreshMilliseconds.detail);
      return;
    case "groups-changed":
      refresh(trpc.group.pathFilter(), refreshMilliseconds.detail);
      return;
    case "bootstraps-changed":
      refresh(trpc.bootstrap.pathFilter(), refreshMilliseconds.detail);
      return;
    case "security-changed":
      refresh(trpc.security.pathFilter(), refreshMilliseconds.detail);
      return;
    case "definitions-changed":
      refresh(trpc.objectModel.pathFilter(), refreshMilliseconds.detail);
      refresh(trpc.device.objects.pathFilter(), refreshMilliseconds.detail);
      return;
  }
}

/** Only a page that is open about a changed light asks again, not everything in the cache. */
function refreshOpenLights(
  event: Extract<LiveEvent, { kind: "devices-changed" }>,
  { trpc, queries, refresh }: Tools,
): void {
  for (const query of queries.getQueryCache().findAll({ ...trpc.device.get.pathFilter(), type: "active" })) {
    const input = (query.queryKey[1] as { input?: { id?: string } } | undefined)?.input;
    const id = input?.id;
    if (id === undefined || !(event.more || event.deviceIds.includes(id))) continue;
    for (const filter of [
      trpc.device.get.queryFilter({ id }),
      trpc.device.objects.queryFilter({ id }),
      trpc.device.jobs.queryFilter({ id }),
      trpc.queue.list.queryFilter({ deviceId: id }),
      trpc.software.list.queryFilter({ deviceId: id }),
      trpc.device.firmwareHistory.queryFilter({ id }),
    ]) {
      refresh(filter, refreshMilliseconds.detail);
    }
    refresh(trpc.device.timeline.pathFilter(), refreshMilliseconds.detail);
  }
}

function putReading(deviceId: string, reading: Reading, { trpc, queries }: Tools): void {
  queries.setQueryData(trpc.device.objects.queryKey({ id: deviceId }), (objects: ObjectTree | undefined) =>
    objects ? withReading(objects, reading) : objects,
  );
}

/** The object tree with one value replaced; the same tree when it does not hold the path. */
export function withReading(objects: ObjectTree, reading: Reading): ObjectTree {
  return objects.map((object) => {
    if (!reading.path.startsWith(`/${object.object}/`)) return object;
    return {
      ...object,
      instances: object.instances.map((instance) => ({
        ...instance,
        resources: instance.resources.map((resource) =>
          resource.path === reading.path ? { ...resource, reading } : resource,
        ),
      })),
    };
  });
}

function putCampaign(event: Extract<LiveEvent, { kind: "campaign" }>, { trpc, queries, refresh }: Tools): void {
  const { campaign, waves } = event;
  queries.setQueryData(trpc.campaign.get.queryKey({ id: campaign.id }), (old: Campaign | undefined) =>
    old ? { ...old, ...campaign, waves: [...waves] } : old,
  );
  // Why lights wait and fail is counted on the server.
  refresh(trpc.campaign.get.queryFilter({ id: campaign.id }), refreshMilliseconds.summary);
  refresh(trpc.campaign.timeline.pathFilter(), refreshMilliseconds.list);
  let moved = false;
  const replace = (rows: CampaignRow[]) =>
    rows.map((row) => {
      if (row.id !== campaign.id) return row;
      moved ||= row.state !== campaign.state;
      return campaign;
    });
  let known = false;
  queries.setQueriesData(trpc.campaign.list.pathFilter(), (rows: CampaignRow[] | undefined) => {
    if (!Array.isArray(rows)) return rows;
    known ||= rows.some((row) => row.id === campaign.id);
    return replace(rows);
  });
  queries.setQueriesData(trpc.overview.summary.pathFilter(), (old: Overview | undefined) =>
    old ? { ...old, campaigns: replace(old.campaigns) } : old,
  );
  // A list is a choice by state: a campaign that is new, or changed its state, may belong elsewhere now.
  if (!known || moved) refresh(trpc.campaign.list.pathFilter(), refreshMilliseconds.detail);
  refresh(trpc.overview.summary.pathFilter(), refreshMilliseconds.summary);
}

function putJob(job: Job, { trpc, queries, refresh }: Tools): void {
  queries.setQueriesData(trpc.campaign.jobs.pathFilter(), (data: InfiniteData<JobPage> | JobPage | undefined) => {
    if (data === undefined) return data;
    const replace = (page: JobPage) => ({
      ...page,
      items: page.items.map((item) => (item.id === job.id ? job : item)),
    });
    return "pages" in data ? { ...data, pages: data.pages.map(replace) } : replace(data);
  });
  refresh(trpc.campaign.jobs.pathFilter(), refreshMilliseconds.list);
  refresh(trpc.campaign.jobTimeline.queryFilter({ jobId: job.id }), refreshMilliseconds.detail);
  refresh(trpc.device.jobs.queryFilter({ id: job.deviceId }), refreshMilliseconds.detail);
}
