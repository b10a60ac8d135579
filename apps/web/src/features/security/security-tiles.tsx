import type { LucideIcon } from "lucide-react";
import { Fingerprint, KeyRound, LockKeyhole, LockKeyholeOpen, ShieldQuestion, TriangleAlert } from "lucide-react";
import Link from "next/link";
import type { SecuritySummary } from "@/features/security/words";
import { formatCount } from "@/lib/format";
import { paths } from "@/lib/paths";

interface Tile {
  readonly label: string;
  readonly count: number;
  readonly href: string;
  readonly icon: LucideIcon;
  readonly tone: string;
}

/** The fleet's protection in numbers; each leads to what it counts. */
export function SecurityTiles({ summary }: { readonly summary: SecuritySummary }) {
  const { lights, registered, waiting, lastDay } = summary;
  const failing = (lastDay["handshake-failed"] ?? 0) + (lastDay["wrong-key"] ?? 0);
  const tiles: readonly Tile[] = [
    {
      ...{ label: "Registered over DTLS", count: registered.secure, icon: LockKeyhole, tone: "text-good" },
      href: paths.security({ registered: "secure" }),
    },
    {
      ...{ label: "Registered in the clear", count: registered.clear, icon: LockKeyholeOpen, tone: "text-wait" },
      href: paths.security({ registered: "clear" }),
    },
    {
      ...{ label: "With a key or certificate", count: lights.psk + lights.rpk + lights.x509, icon: KeyRound },
      ...{ tone: "text-good", href: paths.security({ mode: "protected" }) },
    },
    {
      ...{ label: "With nothing here", count: lights.none, icon: ShieldQuestion, tone: "text-idle" },
      href: paths.security({ mode: "none" }),
    },
    {
      ...{ label: "New keys not used yet", count: waiting, icon: KeyRound, tone: "text-wait" },
      href: paths.security({ state: "pending" }),
    },
    {
      ...{ label: "Failed handshakes, 24 h", count: failing, icon: TriangleAlert },
      ...{ tone: failing > 0 ? "text-bad" : "text-idle", href: paths.security({ tab: "events", kind: "failing" }) },
    },
    {
      ...{ label: "Unknown identities, 24 h", count: lastDay["unknown-identity"] ?? 0, icon: Fingerprint },
      ...{
        tone: (lastDay["unknown-identity"] ?? 0) > 0 ? "text-bad" : "text-idle",
        href: paths.security({ tab: "events", kind: "unknown-identity" }),
      },
    },
  ];
  return (
    <ul aria-label="Security in numbers" className="grid grid-cols-2 gap-2 sm:grid-cols-4 xl:grid-cols-7">
      {tiles.map(({ label, count, href, icon: Icon, tone }) => (
        <li key={label}>
          <Link
            href={href}
            className="flex h-full flex-col gap-1 rounded-lg border bg-surface px-3 py-2.5 hover:border-border-strong hover:bg-surface-muted/50"
          >
            <span className="flex items-start gap-1.5 text-xs text-muted-foreground" aria-hidden="true">
              <Icon className={`size-4 shrink-0 ${tone}`} />
              {label}
            </span>
            <span className="mt-auto">
              <span className="sr-only">{label}: </span>
              <span className="text-xl font-semibold tabular-nums">{formatCount(count)}</span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
