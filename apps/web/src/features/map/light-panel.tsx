"use client";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import Link from "next/link";
import { useEffect, useRef } from "react";
import { LampLevel } from "@/features/lights/lamp-level";
import { nothing } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useTRPC } from "@/lib/trpc";
import { Button, buttonVariants } from "@/ui/button";
import { ErrorState } from "@/ui/error-state";
import { RelativeTime } from "@/ui/relative-time";
import { SkeletonRows } from "@/ui/skeleton";
import { JobStateBadge, PresenceBadge } from "@/ui/status-badge";

/** The light that was clicked on the map. */
export function LightPanel({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const light = useQuery(trpc.device.get.queryOptions({ id }));
  const heading = useRef<HTMLHeadingElement>(null);
  const name = light.data?.name ?? light.data?.endpoint;
  // Whoever chose a light goes on with it, also by keyboard.
  useEffect(() => {
    if (name !== undefined) heading.current?.focus();
  }, [name]);
  const close = useRef(onClose);
  close.current = onClose;
  // On the document: after a click the map itself has the focus. A menu or dialog that took the key for itself comes first.
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) close.current();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
  return (
    <aside
      aria-label="Chosen light"
      className="flex max-h-[60%] flex-col gap-3 overflow-y-auto rounded-lg border bg-surface p-4 shadow-lg max-md:w-full md:w-80"
    >
      {light.isPending ? (
        <SkeletonRows rows={5} label="Loading light" />
      ) : light.isError ? (
        <>
          <Button variant="ghost" size="icon-small" aria-label="Close" className="self-end" onClick={onClose}>
            <X aria-hidden="true" />
          </Button>
          <ErrorState className="py-2" error={light.error} onRetry={() => void light.refetch()} />
        </>
      ) : (
        <>
          <div className="flex items-start justify-between gap-2">
            <div className="min-w-0">
              <h2 ref={heading} tabIndex={-1} className="font-semibold break-words outline-none">
                {name}
              </h2>
              {light.data.name ? (
                <p className="truncate font-mono text-xs text-muted-foreground">{light.data.endpoint}</p>
              ) : null}
            </div>
            <Button variant="ghost" size="icon-small" aria-label="Close" onClick={onClose}>
              <X aria-hidden="true" />
            </Button>
          </div>
          <div className="flex flex-wrap gap-2">
            <PresenceBadge presence={light.data.presence} />
            {light.data.activeJob ? <JobStateBadge state={light.data.activeJob.state} /> : null}
          </div>
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
            <dt className="text-muted-foreground">Lamp</dt>
            <dd>
              <LampLevel level={light.data.lampLevel} failure={light.data.lampFailure} />
            </dd>
            <dt className="text-muted-foreground">Firmware</dt>
            <dd>{light.data.firmwareVersion ?? nothing}</dd>
            <dt className="text-muted-foreground">Model</dt>
            <dd>{light.data.model ?? nothing}</dd>
            <dt className="text-muted-foreground">Street</dt>
            <dd>{light.data.street ?? nothing}</dd>
            <dt className="text-muted-foreground">Last seen</dt>
            <dd>
              <RelativeTime at={light.data.lastSeenAt} />
            </dd>
            {light.data.activeJob ? (
              <>
                <dt className="text-muted-foreground">Campaign</dt>
                <dd className="min-w-0">
                  <Link
                    href={paths.campaign(light.data.activeJob.campaignId, { job: light.data.activeJob.jobId })}
                    className="block truncate text-lamp hover:underline"
                  >
                    {light.data.activeJob.campaignName}
                  </Link>
                </dd>
              </>
            ) : null}
          </dl>
          <Link href={paths.light(id)} className={buttonVariants({ variant: "primary" })}>
            Open light
          </Link>
        </>
      )}
    </aside>
  );
}
