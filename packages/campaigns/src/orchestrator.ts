import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { type Duration, milliseconds, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { Random } from "@lamplighter/runtime/random";
import { type CampaignState, isOver, type PauseReason } from "./campaign.ts";
import { CampaignCommands, type CommandOutcome } from "./campaign-commands.ts";
import { CampaignSteps } from "./campaign-steps.ts";
import type { CampaignStore, JobChange, JobOutcome, StoredCampaign } from "./campaign-store.ts";
import type { DeviceGateway, DeviceSign } from "./device-gateway.ts";
import { addTallies } from "./gate.ts";
import type { ImageDownloads } from "./image-downloads.ts";
import { activeJobStates, type Job } from "./job.ts";
import { JobCommits } from "./job-commits.ts";
import { JobDriver } from "./job-driver.ts";
import { JobQueue } from "./job-queue.ts";
import { active, reconcile } from "./reconcile.ts";
import { ReturningLights } from "./returning-lights.ts";
import { Turns } from "./turns.ts";

export type { CommandOutcome } from "./campaign-commands.ts";

export interface OrchestratorOptions {
  readonly store: CampaignStore;
  readonly gateway: DeviceGateway;
  /** The bytes of a package's image; kept by the caller, since many lights are sent the same. */
  readonly image: (packageId: string) => Promise<Uint8Array>;
  /** Where lights fetch images that are not sent to them; absent: all are sent. */
  readonly downloads?: ImageDownloads;
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
  readonly #steps: CampaignSteps;
  readonly #queue: JobQueue;
  readonly #returning: ReturningLights;
  readonly #turns = new Turns();
  readonly #drivers = new Map<string, JobDriver>();
  readonly #driverByEndpoint = new Map<string, JobDriver>();
  /** What a campaign was last known to be: asked for between the blocks of a download. */
  readonly #states = new Map<string, CampaignState>();
  #stopListening: Cancel = () => {};
  #alarm: Cancel = () => {};
  #nudge: Cancel | undefined;
  /** A change was not answered: it may have been stored all the same, and with it an end that nobody watches. */
  #isUnsure = false;
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
      moved: (campaignId: string, to: CampaignState) => void this.#states.set(campaignId, to),
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
      reopened: ({ endpoint }) => this.#returning.forget(endpoint),
    });
    this.#steps = new CampaignSteps({
      ...shared,
      commands: this.#commands,
      queue: this.#queue,
      drive: (job, campaign) => this.#drive(job, campaign, { resume: false }),
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

  /** Pauses everything that runs or would begin by itself. Returns how many campaigns that were. */
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
    const outcome = await this.#turns.take(campaignId, async (): Promise<CommandOutcome> => {
      const campaign = await this.#options.store.find(campaignId);
      return campaign ? run(campaign) : { kind: "refused", why: "There is no such campaign." };
    });
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
      if (!chosen(campaign)) continue;
      const outcome = await this.#command(campaign.id, (now) => this.#commands.pause(now, reason, words));
      if (outcome.kind === "done") paused++;
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
        if (this.#isUnsure) {
          this.#isUnsure = false;
          await this.#returning.restore().catch((error: unknown) => {
            this.#isUnsure = true;
            throw error;
          });
        }
        for (const { id } of await this.#options.store.unfinished()) await this.#turns.take(id, () => this.#attend(id));
      }
    } catch (error) {
      // The next tick reads the facts anew; nothing is lost by leaving this one.
      this.#options.log.error("a tick of the orchestrator failed", { error });
    } finally {
      this.#isTicking = false;
    }
  }

  async #attend(campaignId: string): Promise<void> {
    try {
      // Read in our turn: a command may have come in between.
      const campaign = await this.#options.store.find(campaignId);
      if (!campaign || isOver(campaign.state) || this.#isStopped) return;
      this.#states.set(campaign.id, campaign.state);
      await this.#adopt(campaign);
      for (const driver of this.#drivers.values()) {
        if (driver.job.campaignId === campaign.id) driver.consider();
      }
      for (const decision of reconcile(campaign, this.#now())) {
        if (await this.#steps.carryOut(campaign, decision)) {
          this.#options.onCampaign?.(campaign.id);
          // What follows from it is decided from the facts as they are then.
          this.#wantsTick = true;
        }
      }
    } catch (error) {
      // One campaign that cannot be attended to does not keep the others waiting.
      this.#options.log.error("a campaign could not be attended to", { campaign: campaignId, error });
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

  // ── Lights ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #drive(job: Job, { id, spec }: StoredCampaign, { resume }: { resume: boolean }): void {
    if (this.#isStopped || this.#drivers.has(job.id)) return;
    const { gateway, clock, random, log, image, downloads } = this.#options;
    const driver = new JobDriver(job, {
      spec,
      resume,
      world: {
        gateway,
        clock,
        random,
        log,
        image,
        downloads,
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
      else if (job.state === "lost" && this.#options.gateway.isRegistered(job.endpoint)) this.#returning.doubt(job);
    } else if (job.state === "failed" || job.state === "rolled-back") {
      // What an earlier campaign brought to it is not what it runs any more.
      this.#returning.forget(job.endpoint);
    }
    this.nudge();
  }

  #see(sign: DeviceSign): void {
    if (this.#isStopped || sign.kind === "gone") return;
    const driver = this.#driverByEndpoint.get(sign.endpoint);
    // A driver looks at its light by itself as soon as that listens again.
    if (sign.kind !== "awake") driver?.see({ kind: sign.kind === "registered" ? "registered" : "notified" });
    if (sign.kind !== "registered" && sign.kind !== "awake") return;
    if (!driver && sign.kind === "registered") this.#returning.registered(sign.endpoint);
    void this.#queue.returned(sign.endpoint).then((mayBegin) => mayBegin && this.nudge());
  }

  async #commit(change: JobChange): Promise<JobOutcome> {
    const outcome = await this.#commits.commit(change).catch((error: unknown) => {
      this.#isUnsure = true;
      throw error;
    });
    if (outcome.kind === "stored") this.#options.onJob?.(outcome.job);
    return outcome;
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}
