import type { Presence } from "@lamplighter/campaigns/device-query";
import { Lightbulb, LockKeyhole, LockKeyholeOpen, TriangleAlert } from "lucide-react";
import Link from "next/link";
import { formatCount, formatPercent } from "@/lib/format";
import { lightsWhere } from "@/lib/lights-query";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { presenceLooks } from "@/lib/status";
import type { RouterOutputs } from "@/lib/trpc";

type Overview = RouterOutputs["overview"]["summary"];

const order: readonly Presence[] = ["online", "sleeping", "offline", "pending", "never"];
const tones = {
  good: "text-good",
  busy: "text-busy",
  wait: "text-wait",
  bad: "text-bad",
  lost: "text-lost",
  idle: "text-idle",
  outline: "text-idle",
} as const;

/** How many lights there are and how they are; each number leads to those lights. */
export function LightCounts({ overview }: { readonly overview: Overview }) {
  const { lights, lampFailures, registered } = overview;
  const refusal = useRefusal("security.read");
  return (
    <ul aria-label="Lights at a glance" className="grid grid-cols-2 gap-2 sm:grid-cols-4 xl:grid-cols-8">
      <li>
        <Tile
          href={paths.lights()}
          label="All lights"
          count={lights.total}
          icon={<Lightbulb className="size-4 text-lamp" />}
        />
      </li>
      {order.map((presence) => {
        const look = presenceLooks[presence];
        const Icon = look.icon;
        return (
          <li key={presence}>
            <Tile
              href={paths.lights(lightsWhere("presence", presence))}
              label={look.word}
              count={lights[presence]}
              share={formatPercent(lights[presence], lights.total)}
              icon={<Icon className={`size-4 ${tones[look.tone]}`} />}
            />
          </li>
        );
      })}
      <li>
        <Tile
          href={paths.lights(lightsWhere("lamp", "failed"))}
          label="Lamp failures"
          count={lampFailures}
          icon={<TriangleAlert className="size-4 text-bad" />}
        />
      </li>
      <li>
        <Tile
          href={refusal === undefined ? paths.security({ registered: "clear" }) : paths.lights()}
          label="In the clear"
          count={registered.clear}
          share={`${formatCount(registered.secure)} over DTLS`}
          icon={
            registered.clear > 0 ? (
              <LockKeyholeOpen className="size-4 text-wait" />
            ) : (
              <LockKeyhole className="size-4 text-good" />
            )
          }
        />
      </li>
    </ul>
  );
}

function Tile({
  href,
  label,
  count,
  share,
  icon,
}: {
  readonly href: string;
  readonly label: string;
  readonly count: number;
  readonly share?: string;
  readonly icon: React.ReactNode;
}) {
  return (
    <Link
      href={href}
      className="flex h-full flex-col gap-1 rounded-lg border bg-surface px-3 py-2.5 hover:border-border-strong hover:bg-surface-muted/50"
    >
      <span className="flex items-center gap-1.5 text-xs text-muted-foreground" aria-hidden="true">
        {icon}
        {label}
      </span>
      <span className="flex flex-wrap items-baseline gap-x-2">
        <span className="sr-only">{label}: </span>
        <span className="text-xl font-semibold tabular-nums">{formatCount(count)}</span>
        {share ? <span className="text-xs text-muted-foreground tabular-nums">{share}</span> : null}
      </span>
    </Link>
  );
}
