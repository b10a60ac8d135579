import { cn } from "@/lib/cn";
import type { Tone } from "@/ui/badge";

const fills: Record<Tone, string> = {
  good: "bg-good",
  busy: "bg-busy",
  wait: "bg-primary",
  bad: "bg-bad",
  lost: "bg-lost",
  idle: "bg-border-strong",
  outline: "bg-border-strong",
};

export interface ProgressPart {
  readonly tone: Tone;
  readonly value: number;
  readonly label: string;
}

/**
 * A bar made of parts, e.g. succeeded, in work and failed lights of a campaign. `total` is the full width.
 * The parts are read aloud as one sentence.
 */
export function Progress({
  label,
  total,
  parts,
  className,
}: {
  readonly label: string;
  readonly total: number;
  readonly parts: readonly ProgressPart[];
  readonly className?: string;
}) {
  const done = parts.reduce((sum, part) => sum + part.value, 0);
  const words = parts
    .filter((part) => part.value > 0)
    .map((part) => `${part.value} ${part.label}`)
    .join(", ");
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={Math.min(done, total)}
      aria-valuetext={words === "" ? `0 of ${total}` : `${words}, of ${total}`}
      className={cn("flex h-2 w-full gap-px overflow-hidden rounded-full bg-surface-muted", className)}
    >
      {parts.map((part) =>
        part.value > 0 && total > 0 ? (
          <div
            key={part.label}
            className={fills[part.tone]}
            style={{ width: `${(part.value / total) * 100}%`, minWidth: 2 }}
            title={`${part.value} ${part.label}`}
          />
        ) : null,
      )}
    </div>
  );
}
