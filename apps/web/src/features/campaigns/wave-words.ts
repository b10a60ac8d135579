import type { CampaignView, WaveView } from "@lamplighter/api/views";
import { activeJobStates } from "@lamplighter/campaigns/job";
import { Ban, CirclePause } from "lucide-react";
import { countOf, formatCount } from "../../lib/format";
import { jobLooks, type StatusLook, waveLooks } from "../../lib/status";
import { progressOf } from "./progress";
import { waitSentence } from "./words";

type Campaign = Pick<CampaignView, "state" | "waves" | "waiting">;

/**
 * Says what a wave that has begun still waits for; undefined when nothing is left to do in it.
 *
 * A wave may be past the threshold of its gate and still stand: the gate judges the wave as a whole, when its last light is
 * done. Without this sentence that looks like a wave that hangs.
 */
export function waveWaits(campaign: Campaign, wave: WaveView): string | undefined {
  if (wave.state !== "active" || isEnding(campaign.state)) return undefined;
  const { included } = progressOf(wave.tally);
  const left = openLights(wave);
  if (left === 0) return undefined;
  const all = included === 1 ? "its light is done" : `all ${countOf(included, "light")} are done`;
  const parts = [
    ...activeJobStates.flatMap((state) => {
      const lights = wave.tally[state] ?? 0;
      return lights > 0 ? [`${formatCount(lights)} ${jobLooks[state].word.toLowerCase()}`] : [];
    }),
    ...waitingParts(campaign, wave),
  ];
  return `The gate is judged when ${all}; ${formatCount(left)} ${left === 1 ? "is" : "are"} left: ${parts.join(", ")}.`;
}

/** How a wave looks: as it stands while the campaign goes on; as what became of it once the campaign was ended. */
export function waveLook(state: CampaignView["state"], wave: Pick<WaveView, "state">): StatusLook {
  if (!isEnding(state) || wave.state === "passed") return waveLooks[wave.state];
  switch (wave.state) {
    case "pending":
      return { word: "Never begun", tone: "idle", icon: Ban, meaning: "The campaign ended before it began." };
    case "held":
      return {
        word: "Not promoted",
        tone: "idle",
        icon: CirclePause,
        meaning: "The campaign ended while it was held.",
      };
    default:
      return { word: "Cut off", tone: "idle", icon: Ban, meaning: "The campaign ended while it was under way." };
  }
}

/** What became of a wave that a cancelled campaign left behind, in a sentence; undefined for a wave that passed. */
export function waveFate(campaign: Campaign, wave: WaveView): string | undefined {
  if (!isEnding(campaign.state) || wave.state === "passed") return undefined;
  const end = campaign.state === "expired" ? "its time ran out" : "the campaign was cancelled";
  if (wave.state === "pending") return `It had not begun when ${end}: its lights keep the version they ran.`;
  const { included, succeeded } = progressOf(wave.tally);
  const done = `${formatCount(succeeded)} of ${countOf(included, "light")} were updated.`;
  if (wave.state !== "held") return `It was under way when ${end}. ${done}`;
  const stood = { manual: "had passed", failed: "had not passed its gate", undecided: "was undecided" };
  return `It ${stood[wave.heldReason ?? "undecided"]}, and was not promoted before ${end}. ${done}`;
}

/** Whether a campaign was ended, or is being ended, before all waves had their turn. */
export function isEnding(state: CampaignView["state"]): boolean {
  return state === "cancelling" || state === "cancelled" || state === "expired";
}

/**
 * Why the waiting lights of a wave wait. The reasons are counted over the whole campaign, so they are told only where no
 * other wave can have a share in them.
 */
function waitingParts({ waves, waiting }: Campaign, wave: WaveView): readonly string[] {
  const lights = (wave.tally.queued ?? 0) + (wave.tally.planned ?? 0);
  if (lights === 0) return [];
  const isAlone = waves.every((other) => other === wave || other.state === "pending" || openLights(other) === 0);
  const known = waiting.reduce((sum, reason) => sum + reason.lights, 0);
  if (!isAlone || known !== lights) return [`${countOf(lights, "light")} ${lights === 1 ? "waits" : "wait"}`];
  return waiting.map(({ reason, lights }) => waitSentence(reason, lights).replace(/\.$/, ""));
}

function openLights({ tally }: WaveView): number {
  const { included, finished } = progressOf(tally);
  return included - finished;
}
