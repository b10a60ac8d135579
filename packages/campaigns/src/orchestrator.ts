import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { type Duration, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { Random } from "@lamplighter/runtime/random";
import { type CampaignState, type PauseReason, whyNot } from "./campaign.ts";
import type { CampaignStore, JobChange, JobOutcome, StoredCampaign } from "./campaign-store.ts";
import type { DeviceGateway, DeviceSign } from "./device-gateway.ts";
import { addTallies, failures } from "./gate.ts";
import { activeJobStates, type Job } from "./job.ts";
import { JobCommits } from "./job-commits.ts";
import { JobDriver } from "./job-driver.ts";
import { unmarked } from "./job-progress.ts";
import { type Accepted, active, type Decision, reconcile } from "./reconcile.ts";

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

/** How a command ended. `refused` carries a sentence for the person. */
export type CommandOutcome = { readonly kind: "done" } | { readonly kind: "refused"; readonly why: string };

const tickDefault: Duration = seconds(2);
/** Waiting jobs looked at in one tick of one campaign; the others are looked at when these have moved on. */
export const queuedPerTickMax = 5_000;
/** Jobs changed by one decision in one tick; the rest follow in the next. */
export const movedPerTickMax = 2_000;
/** Ended jobs whose light is still watched for coming back, or falling back. Beyond, the oldest is let go. */
export const watchedMax = 50_000;
/** A light that another campaign drives is tried again after this many milliseconds. */
const busyRetry = 15_000;

const done: CommandOutcome = { kind: "done" };
const refused = (why: string): CommandOutcome => ({ kind: "refused", why });

/**
 * Runs campaigns: reconciles on a tick from stored facts, and drives one light each through a {@link JobDriver}.
 *
 * All state that matters is in the store. A new orchestrator on the same store goes on where the last one was cut off:
 * jobs that were under way are placed by what their lights say.
 */
export class Orchestrator {
  readonly #options: OrchestratorOptions;
  readonly #commits: JobCommits;
  readonly #drivers = new Map<string, JobDriver>();
  readonly #driverByEndpoint = new Map<string, JobDriver>();
  /** What a campaign was last known to be: asked for between the blocks of a download. */
  readonly #states = new Map<string, CampaignState>();
  readonly #accepted = new Map<string, Accepted>();
  readonly #watched = new Map<string, Job>();
  #stopListening: Cancel = () => {};
  #alarm: Cancel = () => {};
  #isTicking = false;
  #wantsTick = false;
  #isStopped = false;

  constructor(options: OrchestratorOptions) {
    this.#options = options;
    this.#commits = new JobCommits(options.store);
  }

  /** Takes up what was under way, and begins to tick. */
  async start(): Promise<void> {
    this.#stopListening = this.#options.gateway.onSign((sign) => this.#see(sign));
    for (const campaign of await this.#options.store.unfinished()) {
      this.#states.set(campaign.id, campaign.state);
      for (const job of await this.#jobs(campaign, ["lost", "succeeded"], queuedPerTickMax)) this.#watch(job);
    }
    await this.#tick();
    this.#armTick();
  }

  /** Lets go of everything. Lights that are installing go on by themselves, and are found at the next start. */
  stop(): void {
    this.#isStopped = true;
    this.#stopListening();
    this.#alarm();
    for (const driver of this.#drivers.values()) driver.release();
    this.#drivers.clear();
    this.#driverByEndpoint.clear();
  }

  startCampaign(campaignId: string, actor: string): Promise<CommandOutcome> {
    return this.#command(campaignId, (campaign) =>
      this.#move(campaign, "start", { to: "running", actor, detail: "Started." }),
    );
  }

  schedule(campaignId: string, actor: string): Promise<CommandOutcome> {
    return this.#command(campaignId, async (campaign) => {
      if (campaign.spec.startAt === undefined) return refused("The campaign has no time to start at.");
      return this.#move(campaign, "schedule", { to: "scheduled", actor, detail: `Starts ${campaign.spec.startAt}.` });
    });
  }

  pause(campaignId: string, actor: string): Promise<CommandOutcome> {
    return this.#command(campaignId, (campaign) =>
      this.#pause(campaign, "operator", { actor, detail: "Paused by a person." }),
    );
  }

  /** Goes on, and accepts the failures so far: the stop rules speak again when there are more. */
  resume(campaignId: string, actor: string): Promise<CommandOutcome> {
    return this.#command(campaignId, (campaign) => {
      if (campaign.waves.some(({ state }) => state === "held")) {
        return Promise.resolve(refused("A wave is held: promote it, retry its failed lights, or cancel the campaign."));
      }
      this.#accept(campaign);
      return this.#move(campaign, "resume", { to: "running", actor, detail: "Resumed." });
    });
  }

  cancel(campaignId: string, actor: string): Promise<CommandOutcome> {
    return this.#command(campaignId, (campaign) =>
      this.#move(campaign, "cancel", { to: "cancelling", actor, detail: "Cancelled by a person." }),
    );
  }

  /** Puts failed, lost and rolled-back lights back into the queue, with all their attempts, and reopens their waves. */
  retryFailed(campaignId: string, actor: string): Promise<CommandOutcome> {
    return this.#command(campaignId, async (campaign) => {
      const why = whyNot("retry-failed", campaign.state);
      if (why) return refused(why);
      const jobs = await this.#jobs(campaign, ["failed", "lost", "rolled-back"], Number.MAX_SAFE_INTEGER);
      if (jobs.length === 0) return refused("There is no failed light to retry.");
      for (const { ordinal, state } of campaign.waves) {
        if (state === "active" || state === "pending" || !jobs.some((job) => job.waveOrdinal === ordinal)) continue;
        await this.#options.store.moveWave({ campaignId, ordinal, from: state, to: "active", at: this.#now(), actor });
      }
      await this.#moveAll(jobs, actor, (job) => ({
        job: {
          ...unmarked(job),
          state: "queued",
          waitReason: "slot",
          attempt: 0,
          bytesDone: 0,
          executeIntended: false,
        },
        message: "Queued again by a person.",
      }));
      for (const job of jobs) this.#watched.delete(job.endpoint);
      this.#accepted.delete(campaignId);
      if (campaign.state === "running") return done;
      return this.#move(campaign, "retry-failed", {
        to: "running",
        actor,
        detail: `${jobs.length} lights are tried again.`,
      });
    });
  }

  /** Lets a held wave pass on a person's word. */
  promoteWave(
    campaignId: string,
    ordinal: number,
    { actor, reason }: { actor: string; reason: string },
  ): Promise<CommandOutcome> {
    return this.#command(campaignId, async (campaign) => {
      const verdict = `Promoted by a person: ${reason}`;
      const change = { campaignId, ordinal, from: "held", to: "passed", at: this.#now(), actor } as const;
      const isMoved = await this.#options.store.moveWave({ ...change, evaluation: { verdict, inputs: {} } });
      if (!isMoved) return refused("Only a held wave can be promoted.");
      this.#accept(campaign);
      if (campaign.state !== "paused") return done;
      return this.#move(campaign, "resume", { to: "running", actor, detail: `Wave ${ordinal + 1} was promoted.` });
    });
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

  /** Reconciles now, for example after a campaign was written. */
  nudge(): void {
    if (!this.#isStopped) void this.#tick();
  }

  // ── Commands ───────────────────────────────────────────────────────────────────────────────────────────────────

  async #command(
    campaignId: string,
    run: (campaign: StoredCampaign) => Promise<CommandOutcome>,
  ): Promise<CommandOutcome> {
    const campaign = await this.#options.store.find(campaignId);
    if (!campaign) return refused("There is no such campaign.");
    const outcome = await run(campaign);
    this.#options.onCampaign?.(campaignId);
    this.nudge();
    return outcome;
  }

  async #move(
    campaign: StoredCampaign,
    action: Parameters<typeof whyNot>[0],
    { to, actor, detail }: { to: CampaignState; actor: string; detail: string },
  ): Promise<CommandOutcome> {
    const why = whyNot(action, campaign.state);
    if (why) return refused(why);
    const change = { campaignId: campaign.id, from: campaign.state, to, at: this.#now(), actor, detail };
    if (!(await this.#options.store.moveCampaign(change))) {
      return refused("The campaign has changed in the meantime: look again.");
    }
    this.#states.set(campaign.id, to);
    return done;
  }

  async #pause(
    campaign: StoredCampaign,
    pauseReason: PauseReason,
    { actor, detail }: { actor: string; detail: string },
  ): Promise<CommandOutcome> {
    const why = whyNot("pause", campaign.state);
    if (why) return refused(why);
    const change = { campaignId: campaign.id, from: campaign.state, to: "paused", at: this.#now(), actor } as const;
    if (!(await this.#options.store.moveCampaign({ ...change, pauseReason, detail }))) {
      return refused("The campaign has changed in the meantime: look again.");
    }
    this.#states.set(campaign.id, "paused");
    return done;
  }

  async #pauseWhere(
    chosen: (campaign: StoredCampaign) => boolean,
    reason: PauseReason,
    words: { actor: string; detail: string },
  ): Promise<number> {
    let paused = 0;
    for (const campaign of await this.#options.store.unfinished()) {
      if (campaign.state !== "running" || !chosen(campaign)) continue;
      const outcome = await this.#pause(campaign, reason, words);
      if (outcome.kind === "done") paused++;
      this.#options.onCampaign?.(campaign.id);
    }
    return paused;
  }

  #accept({ id, waves }: StoredCampaign): void {
    const total = addTallies(waves.map(({ counters }) => counters));
    this.#accepted.set(id, { failures: failures(total), lost: total.lost ?? 0 });
  }

  // ── The tick ───────────────────────────────────────────────────────────────────────────────────────────────────

  #armTick(): void {
    this.#alarm = this.#options.clock.after(this.#options.tick ?? tickDefault, () => {
      if (this.#isStopped) return;
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
        for (const campaign of await this.#options.store.unfinished()) {
          if (!this.#isStopped) await this.#attend(campaign);
        }
      }
    } catch (error) {
      // The next tick reads the facts anew; nothing is lost by leaving this one.
      this.#options.log.error("a tick of the orchestrator failed", { error });
    } finally {
      this.#isTicking = false;
    }
  }

  async #attend(campaign: StoredCampaign): Promise<void> {
    this.#states.set(campaign.id, campaign.state);
    await this.#adopt(campaign);
    for (const driver of this.#drivers.values()) {
      if (driver.job.campaignId === campaign.id) driver.consider();
    }
    for (const decision of reconcile(campaign, this.#now(), this.#accepted.get(campaign.id))) {
      if (await this.#carryOut(campaign, decision)) {
        this.#options.onCampaign?.(campaign.id);
        // What follows from it is decided from the facts as they are then.
        this.#wantsTick = true;
      }
    }
  }

  /** Finds jobs that are under way without a driver: after a restart, or after the database was away. */
  async #adopt(campaign: StoredCampaign): Promise<void> {
    const underWay = active(addTallies(campaign.waves.map(({ counters }) => counters)));
    const driven = [...this.#drivers.values()].filter(({ job }) => job.campaignId === campaign.id).length;
    if (underWay <= driven) return;
    for (const job of await this.#jobs(campaign, activeJobStates, queuedPerTickMax)) {
      if (!this.#drivers.has(job.id)) this.#drive(job, campaign, { resume: true });
    }
  }

  /** Returns whether something was changed from which more may follow. */
  async #carryOut(campaign: StoredCampaign, decision: Decision): Promise<boolean> {
    const { store } = this.#options;
    const at = this.#now();
    const wave = { campaignId: campaign.id, at, actor: "system" } as const;
    switch (decision.kind) {
      case "start":
        return this.#moved(campaign, "running", "The time to start has come.");
      case "activate-wave":
        return store.moveWave({ ...wave, ordinal: decision.ordinal, from: "pending", to: "active" });
      case "pass-wave": {
        const evaluation = this.#evaluation(campaign, decision);
        return store.moveWave({ ...wave, ordinal: decision.ordinal, from: "active", to: "passed", evaluation });
      }
      case "hold-wave": {
        const { ordinal, reason: heldReason } = decision;
        const evaluation = this.#evaluation(campaign, decision);
        return store.moveWave({ ...wave, ordinal, from: "active", to: "held", heldReason, evaluation });
      }
      case "pause":
        await this.#pause(campaign, decision.reason, { actor: "system", detail: decision.sentence });
        return true;
      case "complete":
        return this.#moved(campaign, "completed", undefined, decision.outcome);
      case "finish-cancelling":
        return this.#moved(campaign, "cancelled", "Cancelled.");
      case "queue-planned":
        return this.#queuePlanned(campaign, decision.ordinal);
      case "cancel-waiting":
        return this.#cancelWaiting(campaign);
      case "start-jobs":
        await this.#startJobs(campaign, decision.room);
        return false;
    }
  }

  #evaluation(campaign: StoredCampaign, { ordinal, verdict }: { ordinal: number; verdict: string }) {
    const counters = campaign.waves.find((wave) => wave.ordinal === ordinal)?.counters ?? {};
    return { verdict, inputs: counters as Readonly<Record<string, number>> };
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
    if (isMoved) this.#states.set(campaign.id, to);
    return isMoved;
  }

  async #queuePlanned(campaign: StoredCampaign, waveOrdinal: number): Promise<boolean> {
    const jobs = await this.#options.store.jobs({
      campaignId: campaign.id,
      states: ["planned"],
      waveOrdinal,
      limit: movedPerTickMax,
    });
    await this.#moveAll(jobs, "system", (job) => ({
      job: { ...job, state: "queued", waitReason: "slot" },
      message: `Its wave has begun.`,
    }));
    return jobs.length > 0;
  }

  async #cancelWaiting(campaign: StoredCampaign): Promise<boolean> {
    const jobs = await this.#jobs(campaign, ["planned", "queued"], movedPerTickMax);
    await this.#moveAll(jobs, "system", (job) => ({
      job: { ...unmarked(job), state: "cancelled" },
      message: "Cancelled before it began.",
    }));
    return jobs.length > 0;
  }

  async #startJobs(campaign: StoredCampaign, room: number): Promise<void> {
    const now = this.#now();
    const { gateway, node } = this.#options;
    const queued = await this.#options.store.jobs({
      campaignId: campaign.id,
      states: ["queued"],
      dueBy: now,
      limit: queuedPerTickMax,
    });
    const here = queued.filter(
      ({ endpoint }) => gateway.isRegistered(endpoint) && !this.#driverByEndpoint.has(endpoint),
    );
    const chosen = here.slice(0, room);
    const isChosen = new Set(chosen.map(({ id }) => id));
    const deadlineAt = now + campaign.spec.downloadDeadlineSeconds * 1_000;
    const outcomes = await this.#moveAll(chosen, "system", (job) => ({
      job: { ...unmarked(job), state: "preparing", attempt: job.attempt + 1, deadlineAt, node, bytesDone: 0 },
      message: `Attempt ${job.attempt + 1} begins.`,
    }));
    const busy: Job[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const job = chosen[index];
      if (outcome.kind === "stored") this.#drive(outcome.job, campaign, { resume: false });
      else if (outcome.kind === "device-busy" && job) busy.push(job);
    }
    await this.#moveAll(busy, "system", (job) => ({
      job: { ...job, waitReason: "other-campaign", nextAttemptAt: now + busyRetry },
      message: "",
    }));
    // The rest say truly why they wait.
    const labelled = queued.filter((job) => !isChosen.has(job.id) && job.waitReason !== this.#reasonFor(job));
    await this.#moveAll(labelled.slice(0, movedPerTickMax), "system", (job) => ({
      job: { ...job, waitReason: this.#reasonFor(job) },
      message: "",
    }));
  }

  #reasonFor({ endpoint }: Job): "slot" | "offline" {
    return this.#options.gateway.isRegistered(endpoint) ? "slot" : "offline";
  }

  // ── Jobs ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #drive(job: Job, { id, spec }: StoredCampaign, { resume }: { resume: boolean }): void {
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
        ended: (last) => this.#ended(driver, last),
      },
    });
    this.#drivers.set(job.id, driver);
    this.#driverByEndpoint.set(job.endpoint, driver);
    driver.start();
  }

  #mayWork(campaignId: string): "yes" | "paused" | "cancelling" {
    const state = this.#states.get(campaignId);
    if (state === "cancelling" || state === "cancelled") return "cancelling";
    return state === "running" && !this.#isStopped ? "yes" : "paused";
  }

  #ended(driver: JobDriver, job: Job): void {
    this.#drivers.delete(job.id);
    if (this.#driverByEndpoint.get(job.endpoint) === driver) this.#driverByEndpoint.delete(job.endpoint);
    if (job.state === "lost" || job.state === "succeeded") this.#watch(job);
    this.nudge();
  }

  #watch(job: Job): void {
    this.#watched.delete(job.endpoint);
    this.#watched.set(job.endpoint, job);
    const oldest = this.#watched.keys().next();
    if (this.#watched.size > watchedMax && !oldest.done) this.#watched.delete(oldest.value);
  }

  #see(sign: DeviceSign): void {
    if (this.#isStopped || sign.kind === "gone") return;
    const driver = this.#driverByEndpoint.get(sign.endpoint);
    if (driver) return driver.see({ kind: sign.kind === "registered" ? "registered" : "notified" });
    if (sign.kind !== "registered") return;
    const ended = this.#watched.get(sign.endpoint);
    if (ended) void this.#revise(ended);
    else this.nudge();
  }

  /** A lost light that is back, or an updated one that may have fallen back. */
  async #revise(ended: Job): Promise<void> {
    const { gateway, store, log } = this.#options;
    try {
      const campaign = await store.find(ended.campaignId);
      if (!campaign) return;
      if (ended.state === "lost") {
        const outcome = await this.#commit({
          job: { ...unmarked(ended), state: "verifying" },
          from: "lost",
          at: this.#now(),
          actor: "system",
          message: "The lost light is back; checking what it runs.",
        });
        this.#watched.delete(ended.endpoint);
        if (outcome.kind === "stored") this.#drive(outcome.job, campaign, { resume: true });
        return;
      }
      const reading = await gateway.readFirmware(ended.endpoint);
      if (reading.kind !== "ok" || ended.fromVersion === undefined) return;
      const fellBack = reading.value.version === ended.fromVersion && ended.fromVersion !== ended.expectedVersion;
      if (!fellBack || this.#watched.get(ended.endpoint)?.id !== ended.id) return;
      this.#watched.delete(ended.endpoint);
      const message = `The light runs its old version ${ended.fromVersion} again.`;
      await this.#commit({
        job: { ...unmarked(ended), state: "rolled-back", detail: message },
        from: "succeeded",
        at: this.#now(),
        actor: "system",
        message,
      });
    } catch (error) {
      log.error("a light that came back could not be looked at", { job: ended.id, error });
    }
  }

  async #commit(change: JobChange): Promise<JobOutcome> {
    const outcome = await this.#commits.commit(change);
    if (outcome.kind === "stored") this.#options.onJob?.(outcome.job);
    return outcome;
  }

  #moveAll(
    jobs: readonly Job[],
    actor: string,
    change: (job: Job) => { job: Job; message: string },
  ): Promise<readonly JobOutcome[]> {
    const at = this.#now();
    return Promise.all(jobs.map((job) => this.#commit({ ...change(job), from: job.state, at, actor })));
  }

  #jobs(campaign: StoredCampaign, states: readonly Job["state"][], limit: number): Promise<readonly Job[]> {
    return this.#options.store.jobs({ campaignId: campaign.id, states, limit });
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}
