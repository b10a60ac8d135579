import type { EventView } from "@lamplighter/api/views";
import {
  Activity,
  Ban,
  Boxes,
  Cpu,
  Lightbulb,
  type LucideIcon,
  Rocket,
  Settings,
  ShieldAlert,
  Terminal,
  UserRound,
} from "lucide-react";
import Link from "next/link";
import { cn } from "@/lib/cn";
import { paths } from "@/lib/paths";
import { RelativeTime } from "@/ui/relative-time";

const families: readonly (readonly [prefix: string, icon: LucideIcon])[] = [
  ["device.refused", ShieldAlert],
  ["device.rejected", Ban],
  ["device", Lightbulb],
  ["operation", Terminal],
  ["job", Activity],
  ["wave", Rocket],
  ["campaign", Rocket],
  ["firmware", Cpu],
  ["package", Cpu],
  ["software", Boxes],
  ["settings", Settings],
  ["session", UserRound],
];

/** What happened, newest first. Each line leads to the light and the campaign it is about. */
export function EventList({
  events,
  label,
  about,
}: {
  readonly events: readonly EventView[];
  readonly label: string;
  /** The page already is about this: no link to itself. */
  readonly about?: "device" | "campaign" | "job";
}) {
  return (
    <ol aria-label={label} className="flex flex-col divide-y">
      {events.map((event) => {
        const Icon = families.find(([prefix]) => event.kind.startsWith(prefix))?.[1] ?? Activity;
        const alarming = event.kind.includes("refused") || event.kind.includes("failed");
        return (
          <li key={event.seq} className="flex items-start gap-2.5 py-2">
            <Icon
              className={cn("mt-0.5 size-4 shrink-0", alarming ? "text-bad" : "text-muted-foreground")}
              aria-hidden="true"
            />
            <div className="min-w-0 flex-1">
              <p className="text-sm break-words">{event.message}</p>
              <p className="flex flex-wrap items-center gap-x-2 text-xs text-muted-foreground">
                <RelativeTime at={event.at} />
                <span>{event.kind}</span>
                {isPerson(event.actor) ? <span>by {event.actor}</span> : null}
                {event.deviceId && event.light !== null && about !== "device" && about !== "job" ? (
                  <Link href={paths.light(event.deviceId)} prefetch={false} className="text-lamp hover:underline">
                    {event.light}
                  </Link>
                ) : null}
                {event.campaignId && about !== "campaign" && about !== "job" ? (
                  <Link
                    href={paths.campaign(event.campaignId, event.jobId ? { job: event.jobId } : {})}
                    prefetch={false}
                    className="text-lamp hover:underline"
                  >
                    Campaign
                  </Link>
                ) : null}
              </p>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function isPerson(actor: string): boolean {
  return actor !== "system" && actor !== "device";
}
