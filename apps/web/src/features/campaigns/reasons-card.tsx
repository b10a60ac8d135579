import type { CampaignView } from "@lamplighter/api/views";
import { CircleX, Clock, type LucideIcon, SearchX, SkipForward } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { failureWords } from "@/features/campaigns/words";
import { formatCount } from "@/lib/format";
import { type CampaignTabQuery, paths } from "@/lib/paths";
import { Card, CardContent, CardHeader } from "@/ui/card";

/** Why lights failed, what waiting lights wait for, and why some were left out. Each line leads to its lights. */
export function ReasonsCard({ campaign }: { readonly campaign: CampaignView }) {
  const { failures, waiting, skips, state, tally } = campaign;
  const planned = tally.planned ?? 0;
  return (
    <Card>
      <CardHeader title="Reasons" description="Each line leads to the lights it counts." />
      <CardContent className="flex flex-col gap-4">
        <Reasons title="Failed" none="No light has failed.">
          {failures.map(({ code, lights, sentence }) => (
            <Reason
              key={code}
              icon={code === "lost" ? SearchX : CircleX}
              tone={code === "lost" ? "text-lost" : "text-bad"}
              lights={lights}
              title={failureWords[code]}
              sentence={sentence}
              href={hrefOf(
                campaign.id,
                code === "lost" || code === "rolled-back" ? { states: [code] } : { failure: code },
              )}
            />
          ))}
        </Reasons>
        <Reasons title="Waiting" none="No light waits.">
          {[
            ...waiting.map(({ reason, lights, sentence }) => (
              <Reason
                key={reason}
                icon={Clock}
                tone="text-wait"
                lights={lights}
                sentence={sentence}
                href={hrefOf(campaign.id, { wait: reason })}
              />
            )),
            ...(planned > 0
              ? [
                  <Reason
                    key="planned"
                    icon={Clock}
                    tone="text-idle"
                    lights={planned}
                    sentence={
                      state === "draft" || state === "scheduled"
                        ? "Waits for the campaign to begin."
                        : "Waits for its wave to begin."
                    }
                    href={hrefOf(campaign.id, { states: ["planned"] })}
                  />,
                ]
              : []),
          ]}
        </Reasons>
        {skips.length > 0 ? (
          <Reasons title="Skipped" none="">
            {skips.map(({ reason, lights, sentence }) => (
              <Reason
                key={reason}
                icon={SkipForward}
                tone="text-idle"
                lights={lights}
                sentence={sentence}
                href={hrefOf(campaign.id, { skip: reason })}
              />
            ))}
          </Reasons>
        ) : null}
      </CardContent>
    </Card>
  );
}

function Reasons({
  title,
  none,
  children,
}: {
  readonly title: string;
  readonly none: string;
  readonly children: readonly ReactNode[];
}) {
  return (
    <section aria-label={`${title} lights by reason`}>
      <h3 className="text-xs font-medium text-muted-foreground">{title}</h3>
      {children.length === 0 ? (
        <p className="mt-1 text-sm text-muted-foreground">{none}</p>
      ) : (
        <ul className="mt-1 flex flex-col">{children}</ul>
      )}
    </section>
  );
}

function Reason({
  icon: Icon,
  tone,
  lights,
  title,
  sentence,
  href,
}: {
  readonly icon: LucideIcon;
  readonly tone: string;
  readonly lights: number;
  readonly title?: string;
  readonly sentence: string;
  readonly href: string;
}) {
  return (
    <li>
      <Link
        href={href}
        prefetch={false}
        className="-mx-2 flex items-start gap-2.5 rounded-md px-2 py-1.5 hover:bg-surface-muted"
      >
        <Icon className={`mt-0.5 size-4 shrink-0 ${tone}`} aria-hidden="true" />
        <span className="min-w-0 flex-1 text-sm">
          {title ? <span className="font-medium">{title}. </span> : null}
          {sentence}
        </span>
        <span className="font-semibold tabular-nums">{formatCount(lights)}</span>
      </Link>
    </li>
  );
}

function hrefOf(id: string, query: CampaignTabQuery): string {
  return `${paths.campaign(id, query)}#lights`;
}
