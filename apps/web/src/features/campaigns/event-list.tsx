import type { EventView } from "@lamplighter/api/views";
import { formatInstant } from "@/lib/format";
import { RelativeTime } from "@/ui/relative-time";

/** Events one under the other: when, what, by whom. */
export function EventList({ events }: { readonly events: readonly EventView[] }) {
  return (
    <ol className="flex flex-col">
      {events.map(({ seq, at, actor, message }) => (
        <li key={seq} className="relative border-l pb-3 pl-4 last:pb-0">
          <span aria-hidden="true" className="absolute top-1.5 -left-1 size-2 rounded-full bg-border-strong" />
          <p className="text-sm break-words">{message}</p>
          <p className="text-xs text-muted-foreground" title={formatInstant(at)}>
            <RelativeTime at={at} />
            {actor === "system" || actor === "device" ? "" : ` · by ${actor}`}
          </p>
        </li>
      ))}
    </ol>
  );
}
