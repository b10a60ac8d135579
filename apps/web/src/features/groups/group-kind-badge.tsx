import type { GroupView } from "@lamplighter/api/views";
import { Filter, ListChecks } from "lucide-react";
import { Badge } from "@/ui/badge";

/** How a group finds its lights. */
export function GroupKindBadge({ kind }: { readonly kind: GroupView["kind"] }) {
  return kind === "query" ? (
    <Badge tone="outline" title="Its lights are whatever its query finds at the moment.">
      <Filter aria-hidden="true" /> Saved query
    </Badge>
  ) : (
    <Badge tone="outline" title="Its lights were chosen by hand.">
      <ListChecks aria-hidden="true" /> Chosen lights
    </Badge>
  );
}
