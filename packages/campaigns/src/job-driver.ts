import {
  type Attempt,
  type AttemptEffect,
  type AttemptEvent,
  type AttemptStep,
  beginAttempt,
  type FirmwareReading,
  resumeAttempt,
} from "@lamplighter/lwm2m/firmware-update";
import type { OperationOutcome } from "@lamplighter/lwm2m/operation-outcome";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { type Duration, milliseconds, scale, seconds } from "@lamplighter/runtime/duration";
import type { Random } from "@lamplighter/runtime/random";
import type { CampaignSpec } from "./campaign.ts";
import type { JobChange, JobOutcome } from "./campaign-store.ts";
import type { DeviceGateway } from "./device-gateway.ts";
import { type DeliveryWorld, failureEvent, ImageDelivery } from "./image-delivery.ts";
import { activeJobStates, type Job, type JobState } from "./job.ts";
import { confirmationDeadline, deferralDeadline, executeSettle } from "./job-deadlines.ts";
import { attemptOfJob, heldBack, jobAfter, stateOfPhase, stepAfter } from "./job-progress.ts";

/** How often a light is looked at when no sign comes: notifications get lost. */
export const pollEvery: Duration = seconds(10);
/** A registered light is asked this often whether it is really gone before it counts as lost. */
export const looksBeforeLost = 2;
/** A light that answered so shortly before its time was up, and did not install then, is not lost. */
export const seenLately: Duration = scale(pollEvery, 3);
/** Progress of a download is stored at most this often. */
export const progressEvery: Duration = seconds(2);

export interface DriverWorld extends DeliveryWorld {
  readonly gateway: DeviceGateway;
  readonly clock: Clock;
  readonly random: Random;
  readonly commit: (change: JobChange) => Promise<JobOutcome>;
  /** The driver is done with this job, which stands as given. `isBack`: its light registered while the end was stored. */
  readonly ended: (job: Job, isBack: boolean) => void;
}

/**
 * Drives one light through one attempt, or takes one up again after a restart.
 *
 * Events are taken one after the other. What is intended is stored before the request for it leaves, so that a crash
 * between the two is found by reading the light; Execute is sent by one line only, right after its intent was stored.
 *
 * After a restart `executeIntended` says that Execute *may* have been sent. It is sent again only to a light that says
 * Downloaded, Result 0, its old version, in a reading begun {@link executeSettle} after the intent: an Execute that
 * arrives puts a light into Updating at once, and one that has not arrived by then no longer will. Every other answer is
 * judged as that of a light that was told to install.
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
  /** Times the light registered while we drive it. */
  #registrations = 0;
  readonly #delivery: ImageDelivery;
  /** Until when the light may stay away, on the wall clock; kept while a return that was none is looked into. */
  #returnBy: number | undefined;
  #poll: Cancel | undefined;
  #deadline: Cancel | undefined;
  #progressAt = 0;
  /** The progress that was stored last by itself. */
  #bytesStored = 0;
  /** The State that was read last, and when it was asked for, on the wall clock. */
  #seen: { readonly state: number; readonly at: number } | undefined;

  constructor(job: Job, { spec, world, resume }: { spec: CampaignSpec; world: DriverWorld; resume: boolean }) {
    this.#job = job;
    this.#spec = spec;
    this.#world = world;
    this.#isResuming = resume;
    this.#attempt = attemptOfJob(job);
    this.#delivery = new ImageDelivery({
      world,
      spec,
      job: () => this.#job,
      isOver: () => this.#isOver,
      feed: (event) => this.#feed(event),
      onProgress: (bytesDone) => this.#progress(bytesDone),
    });
  }

  get job(): Job {
    return this.#job;
  }

  /** Begins: looks at the light first, whether the attempt is new or was cut short by a restart. */
  start(): void {
    const { deadlineAt, state } = this.#job;
    if (!this.#isResuming) {
      this.#setDeadline(milliseconds(Math.max(0, (deadlineAt ?? 0) - this.#now())));
      this.#run(beginAttempt(this.#job.expectedVersion).effects);
      return;
    }
    // A light that holds its image has no deadline: it may be dark by day, and nothing was asked of it.
    if (state !== "downloaded" || deadlineAt !== undefined) {
      const at = deadlineAt ?? this.#now() + this.#spec.returnDeadlineSeconds * 1_000;
      const settled = wasTold(state) ? this.#settledAt() + 2 * pollEvery : 0;
      this.#setDeadline(milliseconds(Math.max(0, at - this.#now(), settled - this.#now())));
    }
    this.#pollLater();
    if (this.#isThere()) void this.#resume();
  }

  /** Tells of something seen on the light. */
  see(event: Extract<AttemptEvent, { kind: "registered" | "notified" }>): void {
    if (event.kind === "registered") this.#registrations++;
    if (!this.#isResuming) this.#feed(event);
    else if (event.kind === "registered") void this.#resume();
  }

  /** Asks to go on, where the attempt holds for permission or must end for lack of it. Called on each tick. */
  consider(): void {
    if (this.#isResuming || this.#isOver) return;
    const may = this.#world.mayWork();
    if (may === "cancelling" || may === "over") this.#feed({ kind: "cancel" });
    else if (may === "paused" && this.#isFetched()) this.#delivery.holdBack("pause");
    // A light that is dark now would only count as lost.
    else if (may === "yes" && this.#attempt.phase === "downloaded" && this.#isThere()) this.#feed({ kind: "install" });
  }

  /** Lets go of the light without a word, as when the server stops. */
  release(): void {
    this.#isOver = true;
    this.#delivery.stopPush();
    this.#poll?.();
    this.#deadline?.();
  }

  // ── Events, one at a time ──────────────────────────────────────────────────────────────────────────────────────

  #feed(event: AttemptEvent): void {
    if (this.#isOver) return;
    this.#events.push(event);
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    await this.#guarded(async () => {
      for (let event = this.#events.shift(); event && !this.#isOver; event = this.#events.shift()) {
        await this.#enter(stepAfter(this.#attempt, event), event);
      }
    });
    this.#isBusy = false;
  }

  /** The database is away: the job stays as it is stored, and the next tick takes it up by reading the light. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#world.log.error("a job could not be stored", { job: this.#job.id, error });
      this.#end();
    }
  }

  /** Stores where the attempt stands now, if that changed what a person sees, and only then acts. */
  async #enter({ attempt, effects }: AttemptStep, event: AttemptEvent): Promise<void> {
    const before = this.#attempt;
    this.#attempt = attempt;
    if (attempt.phase !== before.phase && !(await this.#store(attempt, { event, before }))) return;
    if (!this.#isOver) this.#run(effects);
  }

  /** Returns false when the job ended or is no longer ours. */
  async #store(attempt: Attempt, { event, before }: { event: AttemptEvent; before: Attempt }): Promise<boolean> {
    const may = this.#world.mayWork();
    const isStopped = event.kind === "delivery-stopped" && (may === "yes" || may === "paused");
    const now = this.#now();
    const { job, message } = isStopped
      ? heldBack(this.#job, this.#delivery.heldBackBy, now)
      : jobAfter(this.#job, attempt, {
          now,
          jitter: this.#world.random.next(),
          ...(may !== "over" && { retry: this.#spec.retry }),
        });
    const deadlineAt = this.#deadlineOf(attempt, before);
    const next: Job = deadlineAt === undefined ? job : { ...job, deadlineAt };
    // Sub-steps of one state change nothing that is stored.
    if (next.state === this.#job.state && next.waitReason === this.#job.waitReason) {
      if (deadlineAt !== undefined) this.#setDeadline(milliseconds(Math.max(0, deadlineAt - now)));
      return true;
    }
    const outcome = await this.#world.commit({ job: next, from: this.#job.state, at: now, actor: "system", message });
    if (outcome.kind !== "stored") {
      // Somebody else drives it, or an answer of the database was lost: the light may be given its image again.
      this.#delivery.holdDownload();
      this.#end();
      return false;
    }
    this.#job = outcome.job;
    if (isStopped) this.#delivery.holdDownload();
    else if (this.#job.state !== "downloading") this.#delivery.closeDownload();
    if (!(activeJobStates as readonly string[]).includes(this.#job.state)) {
      // Effects of an ending are clean-up: a package that must not lie there, a transfer that must stop.
      this.#end(attempt);
      return false;
    }
    if (deadlineAt !== undefined) this.#setDeadline(milliseconds(Math.max(0, deadlineAt - this.#now())));
    if (stateOfPhase[attempt.phase] === "downloaded") queueMicrotask(() => this.consider());
    return true;
  }

  #end(attempt?: Attempt): void {
    const { gateway, ended } = this.#world;
    this.release();
    if (attempt?.phase === "cancelled") void gateway.resetFirmware(this.#job.endpoint, "uri");
    ended(
      this.#job,
      this.#events.some(({ kind }) => kind === "registered"),
    );
  }

  // ── Time ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Until when the attempt may stay in its phase, on the wall clock; undefined leaves the running deadline alone. */
  #deadlineOf({ phase }: Attempt, before: Attempt): number | undefined {
    const now = this.#now();
    switch (phase) {
      case "executing":
        this.#returnBy = now + this.#spec.returnDeadlineSeconds * 1_000;
        return this.#returnBy;
      case "awaiting-return":
        // Counted from Execute: neither State 3 nor a light that restarts over and over gets more time.
        if (this.#returnBy === undefined || before.phase === "deferred") {
          this.#returnBy = now + this.#spec.returnDeadlineSeconds * 1_000;
        }
        return this.#returnBy;
      case "verifying":
        return now + confirmationDeadline;
      case "deferred":
        return now + deferralDeadline;
      default:
        return undefined;
    }
  }

  #setDeadline(span: Duration): void {
    this.#deadline?.();
    this.#deadline = this.#world.clock.after(span, () => void this.#timeIsUp());
  }

  async #timeIsUp(): Promise<void> {
    // Never read since the restart: past Execute that is a lost light, before it a download that did not end in time.
    if (this.#isResuming) {
      this.#isResuming = false;
      const { state } = this.#job;
      if (wasTold(state)) this.#attempt = { ...this.#attempt, phase: "awaiting-return" };
      else if (state !== "downloaded") this.#attempt = { ...this.#attempt, phase: "pushing" };
    }
    if (this.#attempt.phase === "awaiting-return" && this.#isThere()) {
      const dueAt = this.#now();
      // It may be there without having registered anew: Execute never reached it, or it kept its registration.
      for (let looks = 0; looks < looksBeforeLost; looks++) {
        const outcome = await this.#look();
        if (this.#isOver || this.#attempt.phase !== "awaiting-return") return;
        if (outcome.kind === "ok" && outcome.value.state !== 3) return this.#feed({ kind: "registered" });
      }
      // Both looks may have been lost on the way. One that came through shortly before says as well that it is there.
      if (this.#seen && this.#seen.state !== 3 && this.#seen.at >= dueAt - seenLately) {
        return this.#feed({ kind: "registered" });
      }
    }
    if (this.#attempt.phase === "verifying" && this.#isThere()) {
      // Its answers so far may all have been lost on the way.
      const outcome = await this.#look();
      if (outcome.kind === "ok") this.#feed({ kind: "read", ...outcome.value });
    }
    this.#feed({ kind: "deadline" });
  }

  #pollLater(): void {
    this.#poll?.();
    if (this.#isOver) return;
    this.#poll = this.#world.clock.after(pollEvery, () => {
      // What could not be stored while something else was may be the last that is heard for long.
      if (this.#job.bytesDone !== this.#bytesStored) this.#progress(this.#job.bytesDone);
      if (this.#isThere()) {
        if (this.#isResuming) void this.#resume();
        else this.#feed({ kind: "poll" });
      }
      this.#pollLater();
    });
  }

  // ── What is asked of the light ─────────────────────────────────────────────────────────────────────────────────

  #run(effects: readonly AttemptEffect[]): void {
    const { gateway } = this.#world;
    for (const effect of effects) {
      switch (effect.kind) {
        case "read":
          void this.#read();
          break;
        case "reset":
          void this.#ask("reset", gateway.resetFirmware(this.#job.endpoint, effect.by));
          break;
        case "push":
          void this.#delivery.push();
          break;
        case "stop-push":
          this.#delivery.stopPush();
          break;
        case "offer":
          void this.#delivery.offer();
          break;
        case "execute":
          void this.#ask("execute", gateway.executeUpdate(this.#job.endpoint));
          break;
        case "wait":
          this.#pollLater();
          break;
      }
    }
  }

  async #read(): Promise<void> {
    if (this.#isReading) return;
    if (this.#attempt.phase === "examining" && !this.#attempt.delivery) {
      const choice = await this.#choiceOfDelivery();
      if (this.#isOver) return;
      this.#feed(choice);
      if (choice.kind !== "delivery-chosen") return;
    }
    const outcome = await this.#look();
    if (outcome.kind === "ok") this.#feed({ kind: "read", ...outcome.value });
    else this.#feed(failureEvent("read", outcome));
  }

  /** Reads the light. A reading that its restart fell into is half old and half new, and is taken again. */
  async #look(): Promise<OperationOutcome<FirmwareReading>> {
    this.#isReading = true;
    try {
      for (;;) {
        const before = this.#registrations;
        const at = this.#now();
        const outcome = await this.#world.gateway.readFirmware(this.#job.endpoint);
        if (outcome.kind === "ok") this.#seen = { state: outcome.value.state, at };
        if (this.#isOver || before === this.#registrations) return outcome;
      }
    } finally {
      this.#isReading = false;
    }
  }

  async #resume(): Promise<void> {
    if (this.#isReading || this.#isOver) return;
    if (this.#job.state === "preparing" && !this.#attempt.delivery) {
      const choice = await this.#choiceOfDelivery();
      if (choice.kind === "delivery-chosen" || choice.kind === "undeliverable") this.#feed(choice);
      // Silence: the next poll asks again.
      if (choice.kind !== "delivery-chosen") return;
    }
    const begunAt = this.#now();
    const outcome = await this.#look();
    if (outcome.kind !== "ok" || !this.#isResuming || this.#isOver) return;
    const mayBeOnItsWay = wasTold(this.#job.state) && begunAt < this.#settledAt();
    // The next poll looks again; by then the Execute has arrived or never will.
    if (mayBeOnItsWay && outcome.value.state === 2) return;
    if (
      this.#job.state === "downloading" &&
      this.#attempt.delivery === "pull" &&
      !(await this.#delivery.openDownload())
    )
      return;
    if (!this.#isResuming || this.#isOver) return;
    this.#isResuming = false;
    this.#isBusy = true;
    await this.#guarded(async () => {
      await this.#enter(resumeAttempt(this.#attempt, outcome.value), { kind: "read", ...outcome.value });
      this.#pollLater();
    });
    this.#isBusy = false;
    if (!this.#isOver) {
      this.consider();
      void this.#work();
    }
  }

  /** When an Execute whose intent was stored has arrived, if it ever will. */
  #settledAt(): number {
    return this.#job.updatedAt + executeSettle;
  }

  /** Asks the light how it takes an image: what to tell the attempt. */
  async #choiceOfDelivery(): Promise<AttemptEvent> {
    this.#isReading = true;
    const choice = await this.#delivery.choose();
    this.#isReading = false;
    return choice;
  }

  /** The image comes to the light by its own asking, now. */
  #isFetched(): boolean {
    const { delivery, phase } = this.#attempt;
    return delivery === "pull" && (phase === "offering" || phase === "confirming-download");
  }

  async #ask(operation: "reset" | "execute", request: Promise<OperationOutcome<void>>): Promise<void> {
    const outcome = await request;
    this.#feed(outcome.kind === "ok" ? { kind: "answered", operation } : failureEvent(operation, outcome));
  }

  #progress(bytesDone: number): void {
    if (this.#isOver) return;
    const now = this.#world.clock.monotonic();
    // The last figure is stored with the next change of state in any case.
    this.#job = { ...this.#job, bytesDone };
    if (now - this.#progressAt < progressEvery || this.#isBusy || this.#job.state !== "downloading") return;
    this.#progressAt = now;
    this.#bytesStored = bytesDone;
    this.#isBusy = true;
    const { job } = this;
    void this.#world
      .commit({ job, from: job.state, at: this.#now(), actor: "system", message: "" })
      .then((outcome) => {
        if (outcome.kind === "stored") this.#job = { ...outcome.job, bytesDone: this.#job.bytesDone };
      })
      .catch((error: unknown) => this.#world.log.warn("progress could not be stored", { job: job.id, error }))
      .finally(() => void this.#work());
  }

  #isThere(): boolean {
    return this.#world.gateway.isRegistered(this.#job.endpoint);
  }

  #now(): number {
    return this.#world.clock.now().getTime();
  }
}

/** Whether Execute may have been sent. */
function wasTold(state: JobState): boolean {
  return state === "installing" || state === "awaiting-return" || state === "verifying";
}
