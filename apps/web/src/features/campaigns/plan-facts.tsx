import type { CampaignView } from "@lamplighter/api/views";
import Link from "next/link";
import { countOf, formatDuration, formatMinute, nothing, packageTitle } from "@/lib/format";
import { paths } from "@/lib/paths";
import { CopyButton } from "@/ui/copy-button";
import { Facts } from "@/ui/facts";

/** What the campaign was told to do. Fixed when it was written. */
export function PlanFacts({ campaign }: { readonly campaign: CampaignView }) {
  const { spec } = campaign;
  return (
    <Facts
      className="lg:grid-cols-3"
      facts={[
        {
          term: "Firmware",
          value: (
            <Link href={paths.firmwarePackage(campaign.packageId)} className="hover:underline">
              {packageTitle({ name: campaign.packageName, version: campaign.version })}
            </Link>
          ),
        },
        { term: "Target", value: campaign.targetLabel },
        { term: "Image travels", value: spec.delivery === "pull" ? "fetched by the lights" : "sent to the lights" },
        { term: "At a time", value: `at most ${countOf(spec.concurrencyMax, "light")}` },
        { term: "Download deadline", value: formatDuration(spec.downloadDeadlineSeconds) },
        { term: "Return deadline", value: formatDuration(spec.returnDeadlineSeconds) },
        {
          term: "Attempts",
          value: `${spec.retry.attemptsMax}, waiting ${formatDuration(spec.retry.backoffSeconds)}, each wait ${spec.retry.backoffFactor} times the last`,
        },
        {
          term: "Stops by itself",
          value: `above ${spec.stop.failedPercentMax} % failed or ${spec.stop.lostMax} lost`,
        },
        { term: "Written", value: `${formatMinute(campaign.createdAt)} by ${campaign.createdBy}` },
        { term: "Started", value: campaign.startedAt ? formatMinute(campaign.startedAt) : nothing },
        { term: "Finished", value: campaign.finishedAt ? formatMinute(campaign.finishedAt) : nothing },
        {
          term: "SHA-256 of the plan",
          value: (
            <span className="inline-flex items-start gap-1">
              <code className="font-mono text-xs break-all">{campaign.specSha256}</code>
              <CopyButton text={campaign.specSha256} label="Copy the plan's SHA-256" />
            </span>
          ),
        },
      ]}
    />
  );
}
