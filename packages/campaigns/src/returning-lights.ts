import { resumeAttempt } from "@lamplighter/lwm2m/firmware-update";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { type Duration, milliseconds, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import { isOver } from "./campaign.ts";
import type { CampaignStore, JobChange, JobOutcome, StoredCampaign } from "./campaign-store.ts";
import type { DeviceGateway } from "./device-gateway.ts";
import { finalJobStates, type Job, type JobState } from "./job.ts";
import { attemptOfJob, jobAfter, stateOfPhase, unmarked } from "./job-progress.ts";

/** Ended jobs whose light is still watched for coming back, or falling back. Beyond, the oldest is let go. */
export const watchedMax = 50_000;
/** Lights looked at together: a district that gets its power back does not become a storm of readings. */
export const looksAtOnceMax = 50;
/** How often a light that registered is looked at before an answer, or an end, is no longer hoped for. */
export const looksMax = 6;
/** Until the second look; each further one is put off by this much more. */
export const lookAgainAfter: Duration = seconds(10);

export interface ReturnWorld {
  readonly store: CampaignStore;
  readonly gateway: DeviceGateway;
  readonly clock: Clock;
  readonly log: Log;
  readonly now: () => number;
  readonly commit: (change: JobChange) => Promise<JobOutcome>;
  /** Drives a job that is active again. */
  readonly drive: (job: Job, campaign: StoredCampaign) => void;
}

/** One ended job that is to be looked at. `isBack`: its light has registered, and is not only thought to be there. */
interface Look {
  readonly job: Job;
  readonly isBack: boolean;
  readonly number: number;
}

/**
 * Watches lights whose job has ended for what they show later: a lost one may come back, an updated one may fall back.
 *
 * In a campaign that goes on, a lost light that is back is verified like any other. In one that has ended it is only
 * looked at, and only an end is written: nothing may stay under way where nobody attends to it. A look that is not
 * answered, or shows no end yet, is taken again up to {@link looksMax} times, since a light registers once.
 */
export class ReturningLights {
  readonly #world: ReturnWorld;
  /** The job that ended last, by endpoint. */
  readonly #watched = new Map<string, Job>();
  readonly #waiting: Look[] = [];
  /** By job, so that a light that registers over and over has one look to come. */
  readonly #alarms = new Map<string, Cancel>();
  #looking = 0;
  #isStopped = false;

  constructor(world: ReturnWorld) {
    this.#world = world;
  }

  /** Watches the light of a job that ended lost or succeeded. */
  watch(job: Job): void {
    this.#watched.delete(job.endpoint);
    this.#watched.set(job.endpoint, job);
    const oldest = this.#watched.keys().next();
    if (this.#watched.size > watchedMax && !oldest.done) this.#watched.delete(oldest.value);
  }

  /** Takes up, after a restart, the lights of all campaigns, and looks at those that may have registered unseen. */
  async restore(): Promise<void> {
    const { store, gateway } = this.#world;
    const jobs = await store.endedLast(watchedMax);
    for (const job of jobs.toReversed()) this.watch(job);
    for (const job of jobs) {
      const registeredAt = gateway.registeredAt(job.endpoint);
      if (registeredAt === undefined) continue;
      const isSince = registeredAt > job.updatedAt;
      // A registration may be older than the loss: only an answer says that a lost light is back.
      if (isSince || job.state === "lost") this.#ask({ job, isBack: isSince, number: 1 });
    }
  }

  forget(endpoint: string): void {
    this.#watched.delete(endpoint);
  }

  /** A light was given up though it is registered: its answers may all have been lost on the way. */
  doubt(job: Job): void {
    this.#ask({ job, isBack: false, number: 1 });
  }

  /** A light that is driven by nobody registered. */
  registered(endpoint: string): void {
    const job = this.#watched.get(endpoint);
    if (job) this.#ask({ job, isBack: true, number: 1 });
  }

  /** Looks at nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting.length = 0;
    for (const cancel of this.#alarms.values()) cancel();
    this.#alarms.clear();
  }

  #ask(look: Look): void {
    this.#alarms.get(look.job.id)?.();
    this.#alarms.delete(look.job.id);
    if (this.#isStopped || !this.#isWatched(look.job)) return;
    this.#waiting.push(look);
    this.#next();
  }

  #next(): void {
    while (this.#looking < looksAtOnceMax) {
      const look = this.#waiting.shift();
      if (!look) return;
      this.#looking++;
      void this.#look(look).finally(() => {
        this.#looking--;
        this.#next();
      });
    }
  }

  async #look(look: Look): Promise<void> {
    let isSettled = false;
    try {
      isSettled = await this.#revise(look);
    } catch (error) {
      this.#world.log.error("a light that came back could not be looked at", { job: look.job.id, error });
    }
    if (isSettled || this.#isStopped || look.number >= looksMax || !this.#isWatched(look.job)) return;
    const again = () => this.#ask({ ...look, number: look.number + 1 });
    this.#alarms.get(look.job.id)?.();
    this.#alarms.set(look.job.id, this.#world.clock.after(milliseconds(lookAgainAfter * look.number), again));
  }

  /** Returns whether there is nothing more to look for. */
  async #revise({ job: ended, isBack }: Look): Promise<boolean> {
    const { store, gateway } = this.#world;
    const campaign = await store.find(ended.campaignId);
    if (!campaign || !this.#isWatched(ended)) return true;
    const mayBeDriven = ended.state === "lost" && !isOver(campaign.state);
    if (mayBeDriven && isBack) return await this.#driveAgain(ended, campaign);
    if (ended.state === "succeeded" && ended.fromVersion === ended.expectedVersion) return true;
    const reading = await gateway.readFirmware(ended.endpoint);
    if (reading.kind !== "ok") return false;
    if (!this.#isWatched(ended)) return true;
    const { attempt } = resumeAttempt(attemptOfJob(ended), reading.value);
    if (!mayBeDriven) return await this.#writeEnd(ended, attempt);
    // Only if it has come to an end: one that is still at it would be driven, and lost, over and over.
    return isEnd(stateOfPhase[attempt.phase]) && (await this.#driveAgain(ended, campaign));
  }

  /** False while another campaign drives the light. */
  async #driveAgain(ended: Job, campaign: StoredCampaign): Promise<boolean> {
    const { commit, drive, now } = this.#world;
    const job: Job = { ...unmarked(ended), state: "verifying" };
    const message = "The lost light is back; checking what it runs.";
    const outcome = await commit({ job, from: "lost", at: now(), actor: "system", message });
    if (outcome.kind === "device-busy") return false;
    if (this.#isWatched(ended)) this.forget(ended.endpoint);
    if (outcome.kind === "stored") drive(outcome.job, campaign);
    return true;
  }

  /** Writes what an ended job has turned out to be, if that is another end. */
  async #writeEnd(ended: Job, attempt: Parameters<typeof jobAfter>[1]): Promise<boolean> {
    const now = this.#world.now();
    const { job, message } = jobAfter(ended, attempt, { now, jitter: 0 });
    if (job.state === ended.state) return ended.state === "succeeded";
    if (!isEnd(job.state)) return false;
    const outcome = await this.#world.commit({ job, from: ended.state, at: now, actor: "system", message });
    if (this.#isWatched(ended)) this.forget(ended.endpoint);
    if (outcome.kind === "stored" && outcome.job.state === "succeeded") this.watch(outcome.job);
    return true;
  }

  #isWatched(job: Job): boolean {
    return this.#watched.get(job.endpoint)?.id === job.id;
  }
}

function isEnd(state: JobState): boolean {
  return (finalJobStates as readonly string[]).includes(state);
}
