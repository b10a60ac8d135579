import { Lightbulb, LightbulbOff, TriangleAlert } from "lucide-react";
import { nothing } from "@/lib/format";
import { Badge } from "@/ui/badge";

/** How bright a lamp is, or that it has failed. */
export function LampLevel({ level, failure }: { readonly level: number | null; readonly failure: boolean | null }) {
  if (failure) {
    return (
      <Badge tone="bad">
        <TriangleAlert aria-hidden="true" />
        Lamp failure
      </Badge>
    );
  }
  if (level === null) return <span className="text-muted-foreground">{nothing}</span>;
  const Icon = level > 0 ? Lightbulb : LightbulbOff;
  return (
    <span className="inline-flex items-center gap-1.5 tabular-nums">
      <Icon className={level > 0 ? "size-4 text-lamp" : "size-4 text-muted-foreground"} aria-hidden="true" />
      {level > 0 ? `${Math.round(level)} %` : "Off"}
    </span>
  );
}
