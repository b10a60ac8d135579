import type { DeviceQuery, Presence } from "@lamplighter/campaigns/device-query";
import Link from "next/link";
import { type ColourBy, countMarks, type MapPoint, type Mark } from "@/features/map/light-marks";
import { formatCount } from "@/lib/format";
import { withValues } from "@/lib/lights-query";
import { paths } from "@/lib/paths";

const fills = {
  idle: "bg-idle",
  good: "bg-good",
  busy: "bg-busy",
  wait: "bg-wait",
  lost: "bg-lost",
  bad: "bg-bad",
} as const;

/** What the dots of the map mean, and how many there are of each. */
export function Legend({
  points,
  colourBy,
  query,
}: {
  readonly points: readonly MapPoint[];
  readonly colourBy: ColourBy;
  readonly query: DeviceQuery;
}) {
  const counted = countMarks(points, colourBy);
  if (counted.length === 0) return null;
  return (
    <ul aria-label="Legend" className="flex flex-col gap-0.5 text-xs">
      {counted.map(({ mark, lights }) => (
        <li key={mark.key}>
          {colourBy === "presence" ? (
            <Link
              href={paths.lights(withValues(query, "presence", [mark.key as Presence]))}
              className="flex items-center gap-2 rounded-sm px-1.5 py-1 hover:bg-surface-muted"
            >
              <Entry mark={mark} lights={lights} />
            </Link>
          ) : (
            <span className="flex items-center gap-2 px-1.5 py-1">
              <Entry mark={mark} lights={lights} />
            </span>
          )}
        </li>
      ))}
      <li className="px-1.5 pt-1 text-muted-foreground">A cluster shows its worst light.</li>
    </ul>
  );
}

function Entry({ mark, lights }: { readonly mark: Mark; readonly lights: number }) {
  return (
    <>
      <span
        className={`flex size-3.5 shrink-0 items-center justify-center rounded-full text-[0.625rem] leading-none font-bold text-surface ${fills[mark.tone]}`}
        aria-hidden="true"
      >
        {mark.sign}
      </span>
      <span className="flex-1">{mark.word}</span>
      <span className="pl-3 text-muted-foreground tabular-nums">{formatCount(lights)}</span>
    </>
  );
}
