import {
  type Attempt,
  type AttemptEffect,
  type AttemptEvent,
  type AttemptOperation,
  type AttemptStep,
  beginAttempt,
  nextAttempt,
  resumeAttempt,
} from "@lamplighter/lwm2m/firmware-update";
import type { OperationOutcome } from "@lamplighter/lwm2m/operation-outcome";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { type Duration, milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { Random } from "@lamplighter/runtime/random";
import type { CampaignSpec } from "./campaign.ts";
import type { JobChange, JobOutcome } from "./campaign-store.ts";
import type { DeviceGateway } from "./device-gateway.ts";
import { activeJobStates, type Job } from "./job.ts";
import { attemptOfJob, jobAfter, stateOfPhase, unmarked } from "./job-progress.ts";

/** How often a light is looked at when no sign comes: notifications get lost. */
export const pollEvery: Duration = seconds(10);
/** How long a light that is back may take to say that the update succeeded. */
export const confirmationDeadline: Duration = minutes(2);
/** How long a light may put an installation off. */
export const deferralDeadline: Duration = minutes(24 * 60);
/** Progress of a download is stored at most this often. */
export const progressEvery: Duration = seconds(2);

export interface DriverWorld {
  readonly gateway: DeviceGateway;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly image: (packageId: string) => Promise<Uint8Array>;
  readonly commit: (change: JobChange) => Promise<JobOutcome>;
  /** Whether this campaign lets downloads and installations go on now. */
  readonly mayWork: () => "yes" | "paused" | "cancelling";
  /** The driver is done with this job, which stands as given. */
  readonly ended: (job: Job) => void;
}

/**
 * Drives one light through one attempt, or takes one up again after a restart.
 *
 * Events are taken one after the other. What is intended is stored before the request for it leaves, so that a crash
 * between the two is found by reading the light; Execute is sent by one line only, right after its intent was stored.
 */
export class JobDriver {
  readonly #world: DriverWorld;
  readonly #spec: CampaignSpec;
  #job: Job;
  #attempt: Attempt;
  /** After a restart nothing is done before the light was read. */
  #isResuming: boolean;
  #events: AttemptEvent[] = [];
  #isBusy = false;
  #isOver = false;
  #isReading = false;
  #pushMayGoOn = true;
  #poll: Cancel | undefined;
  #deadline: Cancel | undefined;
  #progressAt = 0;

  constructor(job: Job, { spec, world, resume }: { spec: CampaignSpec; world: DriverWorld; resume: boolean }) {
    this.#job = job;
    this.#spec = spec;
    this.#world = world;
    this.#isResuming = resume;
    this.#attempt = attemptOfJob(job);
  }

  get job(): Job {
    return this.#job;
  }

  /** Begins: looks at the light first, whether the attempt is new or was cut short by a restart. */
  start(): void {
    if (this.#isResuming) {
      this.#setDeadline(milliseconds(Math.max(0, (this.#job.deadlineAt ?? this.#fallbackDeadline()) - this.#now())));
      this.#pollLater();
      if (this.#world.gateway.isRegistered(this.#job.endpoint)) void this.#resume();
      return;
    }
    this.#setDeadline(milliseconds(Math.max(0, (this.#job.deadlineAt ?? 0) - this.#now())));
    this.#run(beginAttempt(this.#job.expectedVersion).effects);
  }

  /** Tells of something seen on the light. */
  see(event: Extract<AttemptEvent, { kind: "registered" | "notified" }>): void {
    if (this.#isResuming) {
      if (event.kind === "registered") void this.#resume();
      return;
    }
    this.#feed(event);
  }

  /** Asks to go on, where the attempt holds for permission or must end for lack of it. Called on each tick. */
  consider(): void {
    if (this.#isResuming || this.#isOver) return;
    const may = this.#world.mayWork();
    if (may === "cancelling") this.#feed({ kind: "cancel" });
    else if (may === "yes" && this.#attempt.phase === "downloaded") this.#feed({ kind: "install" });
  }

  /** Lets go of the light without a word, as when the server stops. */
  release(): void {
    this.#isOver = true;
    this.#pushMayGoOn = false;
    this.#poll?.();
    this.#deadline?.();
  }

  #feed(event: AttemptEvent): void {
    if (this.#isOver) return;
    this.#events.push(event);
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    try {
      for (let event = this.#events.shift(); event && !this.#isOver; event = this.#events.shift()) {
        await this.#enter(nextAttempt(this.#attempt, event), event);
      }
    } catch (error) {
      // The database is away. The job stays as it is stored; the next tick finds it without a driver and takes it up.
      this.#world.log.error("a job could not be stored", { job: this.#job.id, error });
      this.release();
      this.#world.ended(this.#job);
    }
    this.#isBusy = false;
  }

  /** Stores where the attempt stands now, if that changed what a person sees, and only then acts. */
  async #enter({ attempt, effects }: AttemptStep, event: AttemptEvent): Promise<void> {
    const before = this.#attempt;
    this.#attempt = attempt;
    if (attempt.phase !== before.phase && !(await this.#store(attempt, event))) return;
    if (!this.#isOver) this.#run(effects);
  }

  /** Returns false when the job ended or is no longer ours. */
  async #store(attempt: Attempt, event: AttemptEvent): Promise<boolean> {
    const isStopped = event.kind === "push-stopped" && this.#world.mayWork() !== "cancelling";
    const moment = { now: this.#now(), retry: this.#spec.retry, jitter: this.#world.random.next() };
    const { job, message } = isStopped ? this.#heldBack() : jobAfter(this.#job, attempt, moment);
    const deadline = this.#deadlineOf(attempt);
    const next = this.#withDeadline(job, deadline);
    // Sub-steps of one state change nothing that is stored.
    if (next.state === this.#job.state && next.waitReason === this.#job.waitReason && !isStopped) {
      if (deadline !== undefined) this.#setDeadline(deadline);
      return true;
    }
    const outcome = await this.#world.commit({
      job: next,
      from: this.#job.state,
      at: this.#now(),
      actor: "system",
      message,
    });
    if (outcome.kind !== "stored") {
      this.#end();
      return false;
    }
    this.#job = outcome.job;
    if (!(activeJobStates as readonly string[]).includes(this.#job.state)) {
      // Effects of an ending are clean-up: a package that must not lie there, a transfer that must stop.
      this.#end(attempt);
      return false;
    }
    if (deadline !== undefined) this.#setDeadline(deadline);
    if (stateOfPhase[attempt.phase] === "downloaded") queueMicrotask(() => this.consider());
    return true;
  }

  #withDeadline(job: Job, deadline: Duration | undefined): Job {
    if (deadline !== undefined) return { ...job, deadlineAt: this.#now() + deadline };
    const { deadlineAt } = this.#job;
    // The deadline of Execute goes on while the light is away.
    return job.state === "awaiting-return" && deadlineAt !== undefined ? { ...job, deadlineAt } : job;
  }

  #heldBack(): { job: Job; message: string } {
    const job: Job = {
      ...unmarked(this.#job),
      state: "queued",
      waitReason: "paused",
      attempt: Math.max(0, this.#job.attempt - 1),
      bytesDone: 0,
    };
    return { job, message: "Paused: the download stopped at a block and will begin again." };
  }

  #end(attempt?: Attempt): void {
    const { gateway } = this.#world;
    const { endpoint } = this.#job;
    this.release();
    if (attempt?.phase === "cancelled") void gateway.resetFirmware(endpoint, "uri");
    this.#world.ended(this.#job);
  }

  /** How long the attempt may stay where it is; undefined leaves the running deadline alone. */
  #deadlineOf({ phase }: Attempt): Duration | undefined {
    switch (phase) {
      case "executing":
        return seconds(this.#spec.returnDeadlineSeconds);
      case "verifying":
        return confirmationDeadline;
      case "deferred":
        return deferralDeadline;
      case "awaiting-return":
        // Counted from Execute; a light that merely shows State 3 does not get more time.
        return this.#job.state === "installing" ? undefined : seconds(this.#spec.returnDeadlineSeconds);
      default:
        return undefined;
    }
  }

  #run(effects: readonly AttemptEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "read":
          void this.#read();
          break;
        case "reset":
          void this.#ask("reset", this.#world.gateway.resetFirmware(this.#job.endpoint, effect.by));
          break;
        case "push":
          void this.#push();
          break;
        case "stop-push":
          this.#pushMayGoOn = false;
          break;
        case "execute":
          void this.#ask("execute", this.#world.gateway.executeUpdate(this.#job.endpoint));
          break;
        case "wait":
          this.#pollLater();
          break;
      }
    }
  }

  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const outcome = await this.#world.gateway.readFirmware(this.#job.endpoint);
    this.#isReading = false;
    if (outcome.kind === "ok") this.#feed({ kind: "read", ...outcome.value });
    else this.#feed(failureEvent("read", outcome));
  }

  async #ask(operation: "reset" | "execute", request: Promise<OperationOutcome<void>>): Promise<void> {
    const outcome = await request;
    this.#feed(outcome.kind === "ok" ? { kind: "answered", operation } : failureEvent(operation, outcome));
  }

  async #push(): Promise<void> {
    this.#pushMayGoOn = true;
    const { image, gateway, mayWork } = this.#world;
    let bytes: Uint8Array;
    try {
      bytes = await image(this.#spec.packageId);
    } catch (error) {
      this.#world.log.error("an image cannot be read", { package: this.#spec.packageId, error });
      return this.#feed({ kind: "timed-out", operation: "push" });
    }
    const outcome = await gateway.pushPackage(this.#job.endpoint, bytes, {
      mayContinue: () => this.#pushMayGoOn && mayWork() === "yes",
      onProgress: (bytesDone) => this.#progress(bytesDone),
    });
    if (outcome.kind === "ok") this.#feed({ kind: "answered", operation: "push" });
    else if (outcome.kind === "cancelled") this.#feed({ kind: "push-stopped" });
    else this.#feed(failureEvent("push", outcome));
  }

  #progress(bytesDone: number): void {
    const now = this.#world.clock.monotonic();
    const isDue = now - this.#progressAt >= progressEvery && !this.#isBusy && !this.#isOver;
    if (!isDue || this.#job.state !== "downloading") {
      // The last figure is stored with the next change of state in any case.
      this.#job = { ...this.#job, bytesDone };
      return;
    }
    this.#progressAt = now;
    this.#isBusy = true;
    const job = { ...this.#job, bytesDone };
    void this.#world
      .commit({ job, from: job.state, at: this.#now(), actor: "system", message: "" })
      .then((outcome) => {
        if (outcome.kind === "stored") this.#job = { ...outcome.job, bytesDone: this.#job.bytesDone };
      })
      .catch((error: unknown) => this.#world.log.warn("progress could not be stored", { job: job.id, error }))
      .finally(() => void this.#work());
  }

  async #resume(): Promise<void> {
    if (this.#isReading || this.#isOver) return;
    this.#isReading = true;
    const outcome = await this.#world.gateway.readFirmware(this.#job.endpoint);
    this.#isReading = false;
    if (outcome.kind !== "ok" || !this.#isResuming || this.#isOver) return;
    this.#isResuming = false;
    const step = resumeAttempt(this.#attempt, outcome.value);
    this.#isBusy = true;
    try {
      await this.#enter(step, { kind: "read", ...outcome.value });
      this.#pollLater();
    } catch (error) {
      this.#world.log.error("a job could not be stored", { job: this.#job.id, error });
      this.release();
      this.#world.ended(this.#job);
    }
    this.#isBusy = false;
    if (!this.#isOver) void this.#work();
  }

  #pollLater(): void {
    this.#poll?.();
    if (this.#isOver) return;
    this.#poll = this.#world.clock.after(pollEvery, () => {
      const isThere = this.#world.gateway.isRegistered(this.#job.endpoint);
      if (this.#isResuming) {
        if (isThere) void this.#resume();
      } else if (isThere) {
        this.#feed({ kind: "poll" });
      }
      this.#pollLater();
    });
  }

  #setDeadline(span: Duration): void {
    this.#deadline?.();
    this.#deadline = this.#world.clock.after(span, () => {
      // Never read since the restart: past Execute that is a lost light, before it a download that did not end in time.
      if (this.#isResuming) {
        this.#isResuming = false;
        const { phase } = this.#attempt;
        const isPast = phase === "executing" || phase === "awaiting-return" || phase === "verifying";
        this.#attempt = { ...this.#attempt, phase: isPast ? "awaiting-return" : "pushing" };
      }
      this.#feed({ kind: "deadline" });
    });
  }

  #fallbackDeadline(): number {
    return this.#now() + this.#spec.returnDeadlineSeconds * 1_000;
  }

  #now(): number {
    return this.#world.clock.now().getTime();
  }
}

/** A light that is gone, asleep or away answers nothing, however we learn of it. */
function failureEvent(
  operation: AttemptOperation,
  outcome: Exclude<OperationOutcome<unknown>, { kind: "ok" }>,
): AttemptEvent {
  if (outcome.kind === "error") return { kind: "refused", operation, code: outcome.code };
  return { kind: "timed-out", operation };
}
