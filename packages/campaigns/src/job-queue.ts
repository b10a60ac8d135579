import { type Duration, minutes, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { CampaignStore, JobChange, JobOutcome, StoredCampaign } from "./campaign-store.ts";
import type { DeviceGateway } from "./device-gateway.ts";
import type { Job, WaitReason } from "./job.ts";
import { unmarked } from "./job-progress.ts";

/** Waiting jobs looked at in one look over a campaign; more are looked at when these have moved on. */
export const queuedPerLookMax = 5_000;
/** How often all that wait are looked at, so that each says truly why. In between only as many as there is room for. */
export const lookOverEvery: Duration = seconds(10);
/** A light that is not registered is looked for again after this; it is taken at once when it registers. */
export const offlineRetry: Duration = minutes(2);
/** A light that another campaign drives is tried again after this. */
export const busyRetry: Duration = seconds(15);
/** Waiting jobs whose light is remembered, so that its registration lets it in. Those beyond wait {@link offlineRetry}. */
export const absentMax = 100_000;
/** Jobs read beyond the room there is, in case some lights are not there. */
const spare = 100;

export interface QueueWorld {
  readonly store: CampaignStore;
  readonly gateway: DeviceGateway;
  readonly log: Log;
  readonly node: string;
  readonly now: () => number;
  readonly commit: (change: JobChange) => Promise<JobOutcome>;
  /** Whether a job drives this light already. */
  readonly isDriven: (endpoint: string) => boolean;
  /** A light was found taken by this job. */
  readonly foundTaken: (holder: Job) => void;
}

/** What became of a look at the queue. `isMore`: places are left and there are jobs that were not looked at. */
export interface Begun {
  readonly jobs: readonly Job[];
  readonly isMore: boolean;
}

/** The waiting room of all campaigns: lets in as many lights as there is room for, and knows why the others wait. */
export class JobQueue {
  readonly #world: QueueWorld;
  /** Jobs that wait for their light to register, by endpoint and job. */
  readonly #absent = new Map<string, Map<string, Job>>();
  readonly #lookedOverAt = new Map<string, number>();

  constructor(world: QueueWorld) {
    this.#world = world;
  }

  /** Takes up, after a restart, what waited for its light. */
  async restore(campaign: StoredCampaign): Promise<void> {
    const { store, gateway } = this.#world;
    const queued = await store.jobs({ campaignId: campaign.id, states: ["queued"], limit: absentMax });
    const absent = queued.filter(isAbsent);
    for (const job of absent) this.#remember(job);
    const back = new Set(absent.map(({ endpoint }) => endpoint).filter((endpoint) => gateway.isRegistered(endpoint)));
    await Promise.all([...back].map((endpoint) => this.returned(endpoint)));
  }

  /** Starts at most `room` of the campaign's waiting lights: stored as preparing, not yet touched. */
  async begin(campaign: StoredCampaign, room: number): Promise<Begun> {
    const { store, gateway, node, isDriven } = this.#world;
    const now = this.#world.now();
    const isLookOver = now - (this.#lookedOverAt.get(campaign.id) ?? Number.NEGATIVE_INFINITY) >= lookOverEvery;
    if (!isLookOver && room === 0) return { jobs: [], isMore: false };
    const limit = isLookOver ? queuedPerLookMax : Math.min(queuedPerLookMax, room + spare);
    if (isLookOver) this.#lookedOverAt.set(campaign.id, now);
    const queued = await store.jobs({ campaignId: campaign.id, states: ["queued"], dueBy: now, limit });
    const isHere = ({ endpoint }: Job) => gateway.isRegistered(endpoint) && !isDriven(endpoint);
    const chosen = queued.filter(isHere).slice(0, room);
    const deadlineAt = now + campaign.spec.downloadDeadlineSeconds * 1_000;
    const outcomes = await this.#move(chosen, ({ staleResult: _s, delivery: _d, ...job }) => ({
      job: { ...unmarked(job), state: "preparing", attempt: job.attempt + 1, deadlineAt, node, bytesDone: 0 },
      message: `Attempt ${job.attempt + 1} begins.`,
    }));
    const isBusy = (_: Job, index: number) => outcomes[index]?.kind === "device-busy";
    await this.#waitForOthers(chosen.filter(isBusy), now);
    const isChosen = new Set(chosen);
    await this.#sayWhy(
      queued.filter((job) => !isChosen.has(job)),
      now,
    );
    return {
      jobs: outcomes.flatMap((outcome) => (outcome.kind === "stored" ? [outcome.job] : [])),
      isMore: queued.length === limit && chosen.length < room,
    };
  }

  /** A light registered: what waited for it may begin. Returns whether something did. */
  async returned(endpoint: string): Promise<boolean> {
    const jobs = [...(this.#absent.get(endpoint)?.values() ?? [])];
    if (jobs.length === 0) return false;
    this.#absent.delete(endpoint);
    try {
      await this.#move(jobs, ({ nextAttemptAt: _, ...job }) => ({ job: { ...job, waitReason: "slot" }, message: "" }));
    } catch (error) {
      // It is found when it is looked for again.
      this.#world.log.warn("a light that is back could not be let in yet", { endpoint, error });
    }
    return true;
  }

  /** Forgets a campaign that has ended. */
  forget(campaignId: string): void {
    this.#lookedOverAt.delete(campaignId);
    for (const [endpoint, jobs] of this.#absent) {
      for (const job of jobs.values()) if (job.campaignId === campaignId) jobs.delete(job.id);
      if (jobs.size === 0) this.#absent.delete(endpoint);
    }
  }

  async #waitForOthers(busy: readonly Job[], now: number): Promise<void> {
    const { store, foundTaken } = this.#world;
    await this.#move(busy, (job) => ({
      job: { ...job, waitReason: "other-campaign", nextAttemptAt: now + busyRetry },
      message: "",
    }));
    for (const { deviceId } of busy) {
      const holder = await store.activeJobOf(deviceId);
      if (holder) foundTaken(holder);
    }
  }

  /** Writes why each of these waits. Those that wait for something else than a place are put off, out of the way. */
  async #sayWhy(waiting: readonly Job[], now: number): Promise<void> {
    const { gateway, isDriven } = this.#world;
    const reasonFor = ({ endpoint }: Job): WaitReason => {
      if (isDriven(endpoint)) return "other-campaign";
      if (gateway.isRegistered(endpoint)) return "slot";
      return gateway.isAsleep(endpoint) ? "asleep" : "offline";
    };
    const wrong = waiting.filter((job) => reasonFor(job) !== "slot" || job.waitReason !== "slot");
    const outcomes = await this.#move(wrong, ({ nextAttemptAt: _, ...job }) => {
      const waitReason = reasonFor(job);
      const wait = waitReason === "other-campaign" ? busyRetry : offlineRetry;
      return { job: { ...job, waitReason, ...(waitReason !== "slot" && { nextAttemptAt: now + wait }) }, message: "" };
    });
    for (const outcome of outcomes) {
      if (outcome.kind === "stored" && isAbsent(outcome.job)) this.#remember(outcome.job);
    }
  }

  #remember(job: Job): void {
    const jobs = this.#absent.get(job.endpoint);
    if (jobs) jobs.set(job.id, job);
    else if (this.#absent.size < absentMax) this.#absent.set(job.endpoint, new Map([[job.id, job]]));
    // It may have registered while its waiting was being written.
    if (this.#world.gateway.isRegistered(job.endpoint)) void this.returned(job.endpoint);
  }

  #move(jobs: readonly Job[], change: (job: Job) => { job: Job; message: string }): Promise<readonly JobOutcome[]> {
    const at = this.#world.now();
    return Promise.all(jobs.map((job) => this.#world.commit({ ...change(job), from: job.state, at, actor: "system" })));
  }
}

/** Whether a job waits for its light to be heard. */
function isAbsent({ waitReason }: Job): boolean {
  return waitReason === "offline" || waitReason === "asleep";
}
