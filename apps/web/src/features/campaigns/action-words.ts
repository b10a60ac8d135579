import { type CampaignAction, type CampaignState, whyNot } from "@lamplighter/campaigns/campaign";
import type { JobState } from "@lamplighter/campaigns/job";
import type { WaveState } from "@lamplighter/campaigns/wave";

/** What the buttons of a campaign do, in the words of its screen. */
export const actionLabels = {
  start: "Start",
  pause: "Pause",
  resume: "Resume",
  cancel: "Cancel",
  "retry-failed": "Retry failed",
  remove: "Delete draft",
} as const satisfies Partial<Record<CampaignAction, string>>;
export type ShownAction = keyof typeof actionLabels;

/** The permission each button needs; the server refuses by the same words. */
export const permissionOfAction = {
  start: "campaign.start",
  pause: "campaign.pause",
  resume: "campaign.start",
  cancel: "campaign.cancel",
  "retry-failed": "campaign.start",
  remove: "campaign.write",
} as const satisfies Record<ShownAction, string>;

interface Facts {
  readonly state: CampaignState;
  readonly version: string;
  readonly tally: Readonly<Partial<Record<JobState, number>>>;
  readonly waves: readonly { readonly name: string; readonly total: number; readonly state: WaveState }[];
  readonly concurrencyMax: number;
  /** In words, the time that a campaign which has not begun still waits for. */
  readonly startsOn?: string | undefined;
}

/** Why a button is off, as its tooltip says it; undefined when it is on. */
export function whyDisabled(
  action: ShownAction,
  facts: Pick<Facts, "state" | "tally" | "waves">,
  permissions: readonly string[],
): string | undefined {
  const needed = permissionOfAction[action];
  if (!permissions.includes(needed)) return `Your role does not include “${needed}”.`;
  const reason = whyNot(action, facts.state);
  if (reason) return reason;
  if (action === "resume" && facts.waves.some(({ state }) => state === "held")) {
    return "A wave is held: promote it, retry its failed lights, or cancel the campaign.";
  }
  if (action === "retry-failed" && retried(facts.tally) === 0) return "No light has failed or got lost.";
  return undefined;
}

/** What will happen when an action is confirmed, with counts, one sentence a line. Said before it is done. */
export function consequences(
  action: ShownAction,
  { version, tally, waves, concurrencyMax, startsOn }: Facts,
): readonly string[] {
  const of = (...states: readonly JobState[]) => states.reduce((sum, state) => sum + (tally[state] ?? 0), 0);
  const waiting = of("planned", "queued");
  const transferring = of("preparing", "downloading");
  const holding = of("downloaded");
  const running = of("installing", "awaiting-return", "verifying");
  switch (action) {
    case "start": {
      const first = waves[0];
      const begin = first ? ` It begins with “${first.name}” (${lights(first.total)}).` : "";
      return [
        `${version} is sent to ${lights(waiting)} in ${count(waves.length, "wave")}.${begin}`,
        atATime(concurrencyMax),
      ];
    }
    case "pause":
      return [
        `Nothing new starts: ${lights(waiting)} keep waiting.`,
        ...(transferring > 0
          ? [`${count(transferring, "download")} stop at the next block and begin again from the start on resume.`]
          : []),
        ...(holding > 0 ? [`${lights(holding)} that have the image hold it and do not install.`] : []),
        ...(running > 0 ? [`${lights(running)} that install or restart run to the end.`] : []),
      ];
    case "resume":
      if (startsOn) return [`It begins by itself on ${startsOn}.`];
      return [`${lights(waiting + transferring + holding)} may go on.`, atATime(concurrencyMax)];
    case "cancel":
      return [
        "A cancelled campaign cannot be resumed.",
        `${lights(waiting + transferring + holding)} keep the version they run.`,
        ...(running > 0 ? [`${lights(running)} that install or restart run to the end and are reported.`] : []),
        ...(of("succeeded") > 0 ? [`${lights(of("succeeded"))} already updated keep ${version}.`] : []),
      ];
    case "retry-failed":
      return [`${lights(retried(tally))} that failed, fell back or did not come back are queued again.`];
    case "remove":
      return ["The draft is deleted. No light has been touched by it."];
  }
}

function retried(tally: Facts["tally"]): number {
  return (tally.failed ?? 0) + (tally["rolled-back"] ?? 0) + (tally.lost ?? 0);
}

function atATime(concurrencyMax: number): string {
  return `At most ${lights(concurrencyMax)} at a time.`;
}

function lights(number: number): string {
  return count(number, "light");
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
