import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { type Duration, milliseconds, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { Random } from "@lamplighter/runtime/random";
import { type CampaignState, isOver, type PauseReason } from "./campaign.ts";
import { CampaignCommands, type CommandOutcome } from "./campaign-commands.ts";
import type { CampaignStore, JobChange, JobOutcome, StoredCampaign } from "./campaign-store.ts";
import type { DeviceGateway, DeviceSign } from "./device-gateway.ts";
import { addTallies } from "./gate.ts";
import { activeJobStates, type Job } from "./job.ts";
import { JobCommits } from "./job-commits.ts";
import { JobDriver } from "./job-driver.ts";
import { unmarked } from "./job-progress.ts";
import { JobQueue } from "./job-queue.ts";
import { active, type Decision, reconcile } from "./reconcile.ts";
import { ReturningLights } from "./returning-lights.ts";

export type { CommandOutcome } from "./campaign-commands.ts";

export interface OrchestratorOptions {
  readonly store: CampaignStore;
  readonly gateway: DeviceGateway;
  /** The bytes of a package's image; kept by the caller, since many lights are sent the same. */
  readonly image: (packageId: string) => Promise<Uint8Array>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Name of this server, written to the jobs that it drives. */
  readonly node: string;
  readonly tick?: Duration;
  readonly onJob?: (job: Job) => void;
  readonly onCampaign?: (campaignId: string) => void;
}

const tickDefault: Duration = seconds(2);
/** Signs and endings that come within this time share one tick, however many they are. */
export const nudgesGathered: Duration = milliseconds(100);
/** Jobs changed by one decision in one tick; the rest follow in the next. */
export const movedPerTickMax = 2_000;

/**
 * Runs campaigns: reconciles on a tick from stored facts, and drives one light each through a {@link JobDriver}.
 *
 * All state that matters is in the store. A new orchestrator on the same store goes on where the last one was cut off:
 * jobs that were under way are placed by what their lights say.
 */
export class Orchestrator {
  readonly #options: OrchestratorOptions;
  readonly #commits: JobCommits;
  readonly #commands: CampaignCommands;
  readonly #queue: JobQueue;
  readonly #returning: ReturningLights;
  readonly #drivers = new Map<string, JobDriver>();
  readonly #driverByEndpoint = new Map<string, JobDriver>();
  /** What a campaign was last known to be: asked for between the blocks of a download. */
  readonly #states = new Map<string, CampaignState>();
  #stopListening: Cancel = () => {};
  #alarm: Cancel = () => {};
  #nudge: Cancel | undefined;
  #isTicking = false;
  #wantsTick = false;
  #isStopped = false;

  constructor(options: OrchestratorOptions) {
    const { store, gateway, clock, log, node } = options;
    this.#options = options;
    this.#commits = new JobCommits(store);
    const shared = {
      store,
      gateway,
      log,
      now: () => this.#now(),
      commit: (change: JobChange) => this.#commit(change),
    };
    this.#queue = new JobQueue({
      ...shared,
      node,
      isDriven: (endpoint) => this.#driverByEndpoint.has(endpoint),
      foundTaken: (holder) => void this.#adoptOrphan(holder),
    });
    this.#returning = new ReturningLights({
      ...shared,
      clock,
      drive: (job, campaign) => this.#drive(job, campaign, { resume: true }),
    });
    this.#commands = new CampaignCommands({
      ...shared,
      moved: (campaignId, to) => this.#states.set(campaignId, to),
      reopened: ({ endpoint }) => this.#returning.forget(endpoint),
    });
  }

  /** Takes up what was under way, and begins to tick. */
  async start(): Promise<void> {
    this.#stopListening = this.#options.gateway.onSign((sign) => this.#see(sign));
    for (const campaign of await this.#options.store.unfinished()) {
      this.#states.set(campaign.id, campaign.state);
      await this.#queue.restore(campaign);
    }
    await this.#returning.restore();
    await this.#tick();
    this.#armTick();
  }

  /** Lets go of everything. Lights that are installing go on by themselves, and are found at the next start. */
  stop(): void {
    this.#isStopped = true;
    this.#stopListening();
    this.#alarm();
    this.#nudge?.();
    this.#returning.stop();
    for (const driver of this.#drivers.values()) driver.release();
    this.#drivers.clear();
    this.#driverByEndpoint.clear();
  }

  // ── Commands of people ─────────────────────────────────────────────────────────────────────────────────────────

  startCampaign(campaignId: string, actor: string): Promise<CommandOutcome> {
    return this.#command(campaignId, (campaign) => this.#commands.start(campaign, actor));
  }

  schedule(campaignId: string, actor: string): Promise<CommandOutcome> {
    return this.#command(campaignId, (campaign) => this.#commands.schedule(campaign, actor));
  }

  /** Nothing new starts; downloads stop at a block; what is being installed runs to its end. */
  pause(campaignId: string, actor: string): Promise<CommandOutcome> {
    const words = { actor, detail: "Paused by a person." };
    return this.#command(campaignId, (campaign) => this.#commands.pause(campaign, "operator", words));
  }

  /** Goes on, and accepts the failures so far: the stop rules speak again when there are more. */
  resume(campaignId: string, actor: string): Promise<CommandOutcome> {
    return this.#command(campaignId, (campaign) => this.#commands.resume(campaign, actor));
  }

  cancel(campaignId: string, actor: string): Promise<CommandOutcome> {
    return this.#command(campaignId, (campaign) => this.#commands.cancel(campaign, actor));
  }

  /** Puts failed, lost and rolled-back lights back into the queue, with all their attempts, and reopens their waves. */
  retryFailed(campaignId: string, actor: string): Promise<CommandOutcome> {
    return this.#command(campaignId, (campaign) => this.#commands.retryFailed(campaign, actor));
  }

  /** Lets a held wave pass on a person's word. */
  promoteWave(campaignId: string, ordinal: number, by: { actor: string; reason: string }): Promise<CommandOutcome> {
    return this.#command(campaignId, (campaign) => this.#commands.promoteWave(campaign, ordinal, by));
  }

  /** Pauses everything that runs. Returns how many campaigns that were. */
  async stopEverything(actor: string): Promise<number> {
    return this.#pauseWhere(() => true, "stop-everything", { actor, detail: "Everything was stopped by a person." });
  }

  /** Pauses the running campaigns that hand out a package which was revoked. */
  async packageRevoked(packageId: string, actor: string): Promise<void> {
    const words = { actor, detail: "Its package was revoked." };
    await this.#pauseWhere(({ spec }) => spec.packageId === packageId, "package-revoked", words);
  }

  /** Reconciles soon, for example after a campaign was written. */
  nudge(): void {
    if (this.#isStopped || this.#nudge) return;
    this.#nudge = this.#options.clock.after(nudgesGathered, () => {
      this.#nudge = undefined;
      void this.#tick();
    });
  }

  async #command(
    campaignId: string,
    run: (campaign: StoredCampaign) => Promise<CommandOutcome>,
  ): Promise<CommandOutcome> {
    const campaign = await this.#options.store.find(campaignId);
    if (!campaign) return { kind: "refused", why: "There is no such campaign." };
    const outcome = await run(campaign);
    this.#options.onCampaign?.(campaignId);
    this.nudge();
    return outcome;
  }

  async #pauseWhere(
    chosen: (campaign: StoredCampaign) => boolean,
    reason: PauseReason,
    words: { actor: string; detail: string },
  ): Promise<number> {
    let paused = 0;
    for (const campaign of await this.#options.store.unfinished()) {
      if (campaign.state !== "running" || !chosen(campaign)) continue;
      const outcome = await this.#commands.pause(campaign, reason, words);
      if (outcome.kind === "done") paused++;
      this.#options.onCampaign?.(campaign.id);
    }
    return paused;
  }

  // ── The tick ───────────────────────────────────────────────────────────────────────────────────────────────────

  #armTick(): void {
    if (this.#isStopped) return;
    this.#alarm = this.#options.clock.after(this.#options.tick ?? tickDefault, () => {
      void this.#tick();
      this.#armTick();
    });
  }

  async #tick(): Promise<void> {
    // Only one at a time; one that is asked for meanwhile follows at once.
    this.#wantsTick = true;
    if (this.#isTicking) return;
    this.#isTicking = true;
    try {
      while (this.#wantsTick && !this.#isStopped) {
        this.#wantsTick = false;
        for (const campaign of await this.#options.store.unfinished()) await this.#attend(campaign);
      }
    } catch (error) {
      // The next tick reads the facts anew; nothing is lost by leaving this one.
      this.#options.log.error("a tick of the orchestrator failed", { error });
    } finally {
      this.#isTicking = false;
    }
  }

  async #attend(campaign: StoredCampaign): Promise<void> {
    if (this.#isStopped) return;
    try {
      this.#states.set(campaign.id, campaign.state);
      await this.#adopt(campaign);
      for (const driver of this.#drivers.values()) {
        if (driver.job.campaignId === campaign.id) driver.consider();
      }
      for (const decision of reconcile(campaign, this.#now())) {
        if (await this.#carryOut(campaign, decision)) {
          this.#options.onCampaign?.(campaign.id);
          // What follows from it is decided from the facts as they are then.
          this.#wantsTick = true;
        }
      }
    } catch (error) {
      // One campaign that cannot be attended to does not keep the others waiting.
      this.#options.log.error("a campaign could not be attended to", { campaign: campaign.id, error });
    }
  }

  /** Finds jobs that are under way without a driver: after a restart, or after the database was away. */
  async #adopt(campaign: StoredCampaign): Promise<void> {
    const underWay = active(addTallies(campaign.waves.map(({ counters }) => counters)));
    let driven = 0;
    for (const { job } of this.#drivers.values()) if (job.campaignId === campaign.id) driven++;
    if (underWay <= driven) return;
    const states = activeJobStates;
    for (const job of await this.#options.store.jobs({ campaignId: campaign.id, states, limit: underWay })) {
      this.#drive(job, campaign, { resume: true });
    }
  }

  /** A job that holds its light though its campaign has ended, so that nobody attends to it: it is driven to its end. */
  async #adoptOrphan(holder: Job): Promise<void> {
    if (this.#drivers.has(holder.id)) return;
    try {
      const campaign = await this.#options.store.find(holder.campaignId);
      if (!campaign || !isOver(campaign.state)) return;
      this.#states.set(campaign.id, campaign.state);
      this.#drive(holder, campaign, { resume: true });
    } catch (error) {
      this.#options.log.error("a job without a campaign that goes on could not be taken up", { job: holder.id, error });
    }
  }

  /** Returns whether something was changed from which more may follow. */
  async #carryOut(campaign: StoredCampaign, decision: Decision): Promise<boolean> {
    const { store } = this.#options;
    const wave = { campaignId: campaign.id, at: this.#now(), actor: "system" } as const;
    switch (decision.kind) {
      case "start":
        return this.#moved(campaign, "running", "The time to start has come.");
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
        return (await this.#commands.pause(campaign, decision.reason, words)).kind === "done";
      }
      case "complete":
        return this.#moved(campaign, "completed", undefined, decision.outcome);
      case "finish-cancelling":
        return this.#moved(campaign, "cancelled", "Cancelled.");
      case "queue-planned":
        return this.#queuePlanned(campaign, decision.ordinal);
      case "cancel-waiting":
        return this.#cancelWaiting(campaign);
      case "start-jobs": {
        const { jobs, isMore } = await this.#queue.begin(campaign, decision.room);
        for (const job of jobs) this.#drive(job, campaign, { resume: false });
        return isMore;
      }
    }
  }

  async #moved(
    campaign: StoredCampaign,
    to: CampaignState,
    detail: string | undefined,
    outcome?: "clean" | "with-failures",
  ): Promise<boolean> {
    const change = { campaignId: campaign.id, from: campaign.state, to, at: this.#now(), actor: "system" };
    const isMoved = await this.#options.store.moveCampaign({
      ...change,
      ...(detail !== undefined && { detail }),
      ...(outcome && { outcome }),
    });
    if (!isMoved) return false;
    this.#states.set(campaign.id, to);
    if (isOver(to)) this.#queue.forget(campaign.id);
    return true;
  }

  async #queuePlanned(campaign: StoredCampaign, waveOrdinal: number): Promise<boolean> {
    const filter = { campaignId: campaign.id, states: ["planned"], waveOrdinal, limit: movedPerTickMax } as const;
    const jobs = await this.#options.store.jobs(filter);
    await this.#moveAll(jobs, (job) => ({
      job: { ...job, state: "queued", waitReason: "slot" },
      message: "Its wave has begun.",
    }));
    return jobs.length > 0;
  }

  async #cancelWaiting(campaign: StoredCampaign): Promise<boolean> {
    const filter = { campaignId: campaign.id, states: ["planned", "queued"], limit: movedPerTickMax } as const;
    const jobs = await this.#options.store.jobs(filter);
    await this.#moveAll(jobs, (job) => ({
      job: { ...unmarked(job), state: "cancelled" },
      message: "Cancelled before it began.",
    }));
    return jobs.length > 0;
  }

  // ── Lights ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #drive(job: Job, { id, spec }: StoredCampaign, { resume }: { resume: boolean }): void {
    if (this.#isStopped || this.#drivers.has(job.id)) return;
    const { gateway, clock, random, log, image } = this.#options;
    const driver = new JobDriver(job, {
      spec,
      resume,
      world: {
        gateway,
        clock,
        random,
        log,
        image,
        commit: (change) => this.#commit(change),
        mayWork: () => this.#mayWork(id),
        ended: (last, isBack) => this.#ended(driver, last, isBack),
      },
    });
    this.#drivers.set(job.id, driver);
    this.#driverByEndpoint.set(job.endpoint, driver);
    driver.start();
  }

  #mayWork(campaignId: string): "yes" | "paused" | "cancelling" | "over" {
    const state = this.#states.get(campaignId);
    if (state === "cancelling") return "cancelling";
    if (state !== undefined && isOver(state)) return "over";
    return state === "running" && !this.#isStopped ? "yes" : "paused";
  }

  #ended(driver: JobDriver, job: Job, isBack: boolean): void {
    if (this.#drivers.get(job.id) === driver) this.#drivers.delete(job.id);
    if (this.#driverByEndpoint.get(job.endpoint) === driver) this.#driverByEndpoint.delete(job.endpoint);
    if (job.state === "lost" || job.state === "succeeded") {
      this.#returning.watch(job);
      if (isBack) this.#returning.registered(job.endpoint);
    } else if (job.state === "failed" || job.state === "rolled-back") {
      // What an earlier campaign brought to it is not what it runs any more.
      this.#returning.forget(job.endpoint);
    }
    this.nudge();
  }

  #see(sign: DeviceSign): void {
    if (this.#isStopped || sign.kind === "gone") return;
    const driver = this.#driverByEndpoint.get(sign.endpoint);
    driver?.see({ kind: sign.kind === "registered" ? "registered" : "notified" });
    if (sign.kind !== "registered") return;
    if (!driver) this.#returning.registered(sign.endpoint);
    void this.#queue.returned(sign.endpoint).then((mayBegin) => mayBegin && this.nudge());
  }

  async #commit(change: JobChange): Promise<JobOutcome> {
    const outcome = await this.#commits.commit(change);
    if (outcome.kind === "stored") this.#options.onJob?.(outcome.job);
    return outcome;
  }

  #moveAll(jobs: readonly Job[], change: (job: Job) => { job: Job; message: string }): Promise<readonly JobOutcome[]> {
    const at = this.#now();
    return Promise.all(jobs.map((job) => this.#commit({ ...change(job), from: job.state, at, actor: "system" })));
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

/** The figures a gate saw, kept so that "why did it go on" can be answered. */
function evaluationOf(campaign: StoredCampaign, { ordinal, verdict }: { ordinal: number; verdict: string }) {
  const counters = campaign.waves.find((wave) => wave.ordinal === ordinal)?.counters ?? {};
  return { verdict, inputs: counters as Readonly<Record<string, number>> };
}
