import { Archive, BadgeCheck, Ban, CircleDashed } from "lucide-react";
import { Badge } from "@/ui/badge";

const looks = {
  released: { word: "Released", tone: "good", icon: BadgeCheck, meaning: "May be sent to lights." },
  deprecated: {
    word: "Deprecated",
    tone: "idle",
    icon: Archive,
    meaning: "Still there, but no new campaign should use it.",
  },
  revoked: {
    word: "Revoked",
    tone: "bad",
    icon: Ban,
    meaning: "Must not be sent any more; its campaigns were paused.",
  },
} as const;

/** Whether firmware may be sent to lights. */
export function PackageStateBadge({ state }: { readonly state: string }) {
  const look = Object.hasOwn(looks, state)
    ? looks[state as keyof typeof looks]
    : ({ word: state, tone: "idle", icon: CircleDashed, meaning: "Not released yet." } as const);
  const Icon = look.icon;
  return (
    <Badge tone={look.tone} title={look.meaning}>
      <Icon aria-hidden="true" />
      {look.word}
    </Badge>
  );
}
