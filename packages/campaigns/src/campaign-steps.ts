import { type CampaignState, isOver } from "./campaign.ts";
import type { CampaignCommands } from "./campaign-commands.ts";
import type { CampaignStore, JobChange, JobOutcome, StoredCampaign } from "./campaign-store.ts";
import type { Job } from "./job.ts";
import { unmarked } from "./job-progress.ts";
import type { JobQueue } from "./job-queue.ts";
import type { Decision } from "./reconcile.ts";

/** Jobs changed by one decision in one tick; the rest follow in the next. */
export const movedPerTickMax = 2_000;

export interface StepsWorld {
  readonly store: CampaignStore;
  readonly commands: CampaignCommands;
  readonly queue: JobQueue;
  readonly now: () => number;
  readonly commit: (change: JobChange) => Promise<JobOutcome>;
  /** A campaign was moved. */
  readonly moved: (campaignId: string, to: CampaignState) => void;
  /** Drives a job that begins. */
  readonly drive: (job: Job, campaign: StoredCampaign) => void;
}

/** Carries out what was decided for a campaign. Each step is refused by the store when the facts have changed. */
export class CampaignSteps {
  readonly #world: StepsWorld;

  constructor(world: StepsWorld) {
    this.#world = world;
  }

  /** Returns whether something was changed from which more may follow. */
  async carryOut(campaign: StoredCampaign, decision: Decision): Promise<boolean> {
    const { store, commands, queue, drive, now } = this.#world;
    const wave = { campaignId: campaign.id, at: now(), actor: "system" } as const;
    switch (decision.kind) {
      case "start":
        return this.#move(campaign, "running", "The time to start has come.");
      case "activate-wave":
        return store.moveWave({ ...wave, ordinal: decision.ordinal, from: "pending", to: "active" });
      case "pass-wave": {
        const evaluation = evaluationOf(campaign, decision);
        return store.moveWave({ ...wave, ordinal: decision.ordinal, from: "active", to: "passed", evaluation });
      }
      case "hold-wave": {
        const { ordinal, reason: heldReason } = decision;
        const evaluation = evaluationOf(campaign, decision);
        return store.moveWave({ ...wave, ordinal, from: "active", to: "held", heldReason, evaluation });
      }
      case "pause": {
        const words = { actor: "system", detail: decision.sentence };
        return (await commands.pause(campaign, decision.reason, words)).kind === "done";
      }
      case "complete":
        return this.#move(campaign, "completed", undefined, decision.outcome);
      case "finish-cancelling":
        return this.#move(campaign, "cancelled", "Cancelled.");
      case "queue-planned":
        return this.#queuePlanned(campaign, decision.ordinal);
      case "cancel-waiting":
        return this.#cancelWaiting(campaign);
      case "start-jobs": {
        const { jobs, isMore } = await queue.begin(campaign, decision.room);
        for (const job of jobs) drive(job, campaign);
        return isMore;
      }
    }
  }

  async #move(
    campaign: StoredCampaign,
    to: CampaignState,
    detail: string | undefined,
    outcome?: "clean" | "with-failures",
  ): Promise<boolean> {
    const { store, queue, moved, now } = this.#world;
    const change = { campaignId: campaign.id, from: campaign.state, to, at: now(), actor: "system" };
    const isMoved = await store.moveCampaign({
      ...change,
      ...(detail !== undefined && { detail }),
      ...(outcome && { outcome }),
    });
    if (!isMoved) return false;
    moved(campaign.id, to);
    if (isOver(to)) queue.forget(campaign.id);
    return true;
  }

  async #queuePlanned(campaign: StoredCampaign, waveOrdinal: number): Promise<boolean> {
    const filter = { campaignId: campaign.id, states: ["planned"], waveOrdinal, limit: movedPerTickMax } as const;
    return this.#moveAll(await this.#world.store.jobs(filter), (job) => ({
      job: { ...job, state: "queued", waitReason: "slot" },
      message: "Its wave has begun.",
    }));
  }

  async #cancelWaiting(campaign: StoredCampaign): Promise<boolean> {
    const filter = { campaignId: campaign.id, states: ["planned", "queued"], limit: movedPerTickMax } as const;
    return this.#moveAll(await this.#world.store.jobs(filter), (job) => ({
      job: { ...unmarked(job), state: "cancelled" },
      message: "Cancelled before it began.",
    }));
  }

  /** Returns whether there was any. */
  async #moveAll(jobs: readonly Job[], change: (job: Job) => { job: Job; message: string }): Promise<boolean> {
    const at = this.#world.now();
    await Promise.all(jobs.map((job) => this.#world.commit({ ...change(job), from: job.state, at, actor: "system" })));
    return jobs.length > 0;
  }
}

/** The figures a gate saw, kept so that "why did it go on" can be answered. */
function evaluationOf(campaign: StoredCampaign, { ordinal, verdict }: { ordinal: number; verdict: string }) {
  const counters = campaign.waves.find((wave) => wave.ordinal === ordinal)?.counters ?? {};
  return { verdict, inputs: counters as Readonly<Record<string, number>> };
}
