import { type CampaignAction, type CampaignState, type PauseReason, whyNot } from "./campaign.ts";
import {
  type CampaignStore,
  type JobChange,
  type JobOutcome,
  nothingAccepted,
  type StoredCampaign,
} from "./campaign-store.ts";
import { addTallies, failures, unfinished } from "./gate.ts";
import type { Job } from "./job.ts";
import { unmarked } from "./job-progress.ts";

/** How a command ended. `refused` carries a sentence for the person. */
export type CommandOutcome = { readonly kind: "done" } | { readonly kind: "refused"; readonly why: string };

/** Who commands, and the words for the campaign's timeline. */
interface Words {
  readonly actor: string;
  readonly detail: string;
}

export interface CommandWorld {
  readonly store: CampaignStore;
  readonly now: () => number;
  readonly commit: (change: JobChange) => Promise<JobOutcome>;
  /** A campaign was moved. */
  readonly moved: (campaignId: string, to: CampaignState) => void;
  /** This light's job does not stand as ended any more. */
  readonly reopened: (job: Job) => void;
}

const done: CommandOutcome = { kind: "done" };
const refused = (why: string): CommandOutcome => ({ kind: "refused", why });
const changedMeanwhile = refused("The campaign has changed in the meantime: look again.");
const jobsMax = 1_000_000;

/** What people may command a campaign. Each command is refused in words where the table of actions does not allow it. */
export class CampaignCommands {
  readonly #world: CommandWorld;

  constructor(world: CommandWorld) {
    this.#world = world;
  }

  start(campaign: StoredCampaign, actor: string): Promise<CommandOutcome> {
    return this.#move(campaign, { action: "start", to: "running", actor, detail: "Started." });
  }

  async schedule(campaign: StoredCampaign, actor: string): Promise<CommandOutcome> {
    const { startAt } = campaign.spec;
    if (startAt === undefined) return refused("The campaign has no time to start at.");
    return this.#move(campaign, { action: "schedule", to: "scheduled", actor, detail: `Starts ${startAt}.` });
  }

  async pause(campaign: StoredCampaign, pauseReason: PauseReason, words: Words): Promise<CommandOutcome> {
    return this.#move(campaign, { action: "pause", to: "paused", pauseReason, ...words });
  }

  async resume(campaign: StoredCampaign, actor: string): Promise<CommandOutcome> {
    if (campaign.waves.some(({ state }) => state === "held")) {
      return refused("A wave is held: promote it, retry its failed lights, or cancel the campaign.");
    }
    const why = whyNotOnward("resume", campaign);
    if (why) return refused(why);
    const { startAt } = campaign.spec;
    const isUntouched = campaign.waves.every(({ state }) => state === "pending");
    if (isUntouched && startAt !== undefined && Date.parse(startAt) > this.#world.now()) {
      return this.#move(campaign, { action: "resume", to: "scheduled", actor, detail: `Starts ${startAt}.` });
    }
    // Before the move: a tick that sees it running must know what was accepted.
    await this.#accept(campaign);
    return this.#move(campaign, { action: "resume", to: "running", actor, detail: "Resumed." });
  }

  cancel(campaign: StoredCampaign, actor: string): Promise<CommandOutcome> {
    return this.#move(campaign, { action: "cancel", to: "cancelling", actor, detail: "Cancelled by a person." });
  }

  /**
   * Puts failed, lost and rolled-back lights back into the queue, with all their attempts, and reopens their waves.
   * Cut off at any line it may be asked for again: the campaign moves last, and queued lights in a campaign that has
   * completed are lights whose retry was cut off.
   */
  async retryFailed(campaign: StoredCampaign, actor: string): Promise<CommandOutcome> {
    const why = whyNotOnward("retry-failed", campaign);
    if (why) return refused(why);
    const { store, now, commit, reopened } = this.#world;
    const campaignId = campaign.id;
    const states = ["failed", "lost", "rolled-back"] as const;
    const jobs = await store.jobs({ campaignId, states, limit: jobsMax });
    const isCutOff = campaign.state === "completed" && unfinished(tallyOf(campaign)) > 0;
    if (jobs.length === 0 && !isCutOff) return refused("There is no failed light to retry.");
    for (const { ordinal, state } of campaign.waves) {
      if (state === "active" || state === "pending" || !jobs.some((job) => job.waveOrdinal === ordinal)) continue;
      await store.moveWave({ campaignId, ordinal, from: state, to: "active", at: now(), actor });
    }
    const outcomes = await Promise.all(
      jobs.map((job) => commit({ job: queuedAnew(job), from: job.state, at: now(), actor, message: queuedWords })),
    );
    for (const outcome of outcomes) if (outcome.kind === "stored") reopened(outcome.job);
    await store.accept(campaignId, nothingAccepted);
    if (campaign.state === "running") return done;
    const detail = `${jobs.length} lights are tried again.`;
    return this.#move(campaign, { action: "retry-failed", to: "running", actor, detail });
  }

  /** Lets a held wave pass on a person's word; `reason` may be empty. Goes on only where it was the wave that stood in the way. */
  async promoteWave(
    campaign: StoredCampaign,
    ordinal: number,
    { actor, reason }: { actor: string; reason: string },
  ): Promise<CommandOutcome> {
    if (campaign.state !== "running" && campaign.state !== "paused") {
      return refused(`A ${campaign.state} campaign goes on with no wave.`);
    }
    if (campaign.isPackageRevoked) return refused(revoked);
    const { store, now } = this.#world;
    const evaluation = { verdict: reason ? `Promoted by a person: ${reason}` : "Promoted by a person.", inputs: {} };
    const change = { campaignId: campaign.id, ordinal, from: "held", to: "passed", at: now(), actor } as const;
    if (!(await store.moveWave({ ...change, evaluation }))) return refused("Only a held wave can be promoted.");
    await this.#accept(campaign);
    if (campaign.state !== "paused" || campaign.pauseReason !== "wave-held") return done;
    if (campaign.waves.some((wave) => wave.state === "held" && wave.ordinal !== ordinal)) return done;
    return this.#move(campaign, {
      action: "resume",
      to: "running",
      actor,
      detail: `Wave ${ordinal + 1} was promoted.`,
    });
  }

  async #move(
    campaign: StoredCampaign,
    move: Words & {
      readonly action: CampaignAction;
      readonly to: CampaignState;
      readonly pauseReason?: PauseReason;
    },
  ): Promise<CommandOutcome> {
    const { action, ...rest } = move;
    const why = rest.to === "running" ? whyNotOnward(action, campaign) : whyNot(action, campaign.state);
    if (why) return refused(why);
    const { store, now, moved } = this.#world;
    const change = { campaignId: campaign.id, from: campaign.state, at: now(), ...rest };
    if (!(await store.moveCampaign(change))) return changedMeanwhile;
    moved(campaign.id, move.to);
    return done;
  }

  async #accept(campaign: StoredCampaign): Promise<void> {
    const total = tallyOf(campaign);
    await this.#world.store.accept(campaign.id, { failures: failures(total), lost: total.lost ?? 0 });
  }
}

const revoked = "Its firmware was revoked, so it is handed out no more. Release it again, or cancel the campaign.";

/** Why a campaign cannot go on by this action; undefined when it can. */
function whyNotOnward(action: CampaignAction, { state, isPackageRevoked }: StoredCampaign): string | undefined {
  return whyNot(action, state) ?? (isPackageRevoked ? revoked : undefined);
}

const queuedWords = "Queued again by a person.";

function queuedAnew(job: Job): Job {
  return { ...unmarked(job), state: "queued", waitReason: "slot", attempt: 0, bytesDone: 0, executeIntended: false };
}

function tallyOf({ waves }: StoredCampaign) {
  return addTallies(waves.map(({ counters }) => counters));
}
