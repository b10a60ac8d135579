import type { CampaignView } from "@lamplighter/api/views";
import { countOf, formatCount, formatMinute } from "../../lib/format";
import { progressOf } from "./progress";
import { pauseReasonSentences, waitSentence } from "./words";

type Facts = Pick<
  CampaignView,
  | "state"
  | "pauseReason"
  | "stateDetail"
  | "outcome"
  | "tally"
  | "startAt"
  | "finishedAt"
  | "waiting"
  | "waves"
  | "version"
>;

/** Says in a sentence or two where a campaign stands and what it waits for. */
export function headlineOf(campaign: Facts): string {
  const { included, succeeded, finished } = progressOf(campaign.tally);
  const done = `${formatCount(succeeded)} of ${countOf(included, "light")} run ${campaign.version}.`;
  switch (campaign.state) {
    case "draft":
      return `Written, not started. It is for ${countOf(included, "light")}.`;
    case "scheduled":
      return campaign.startAt ? `Starts by itself on ${formatMinute(campaign.startAt)}.` : "Starts by itself.";
    case "running":
      return [`${done}`, ...waitingSentence(campaign)].join(" ");
    case "paused":
      return [
        campaign.stateDetail ?? (campaign.pauseReason ? pauseReasonSentences[campaign.pauseReason] : "Paused."),
        done,
      ].join(" ");
    case "completed":
      return campaign.outcome === "with-failures"
        ? `Finished: ${done} ${countOf(finished - succeeded, "light")} did not make it.`
        : `Finished: all ${countOf(included, "light")} run ${campaign.version}.`;
    case "cancelling":
      return [campaign.stateDetail ?? "Lights that install run to the end, then it is cancelled.", done].join(" ");
    case "cancelled":
    case "expired":
      return [campaign.stateDetail ?? "Ended before all lights had their turn.", done].join(" ");
  }
}

/** The reason most lights wait for, since it is what a person asks first. */
function waitingSentence({ waiting }: Facts): readonly string[] {
  const [most] = [...waiting].sort((a, b) => b.lights - a.lights);
  return most ? [waitSentence(most.reason, most.lights)] : [];
}
