import type { OperationOutcome } from "@lamplighter/lwm2m/operation-outcome";
import type {
  SoftwareAttempt,
  SoftwareEffect,
  SoftwareEvent,
  SoftwareStep,
} from "@lamplighter/lwm2m/software/software-attempt";
import { isSoftwareOver } from "@lamplighter/lwm2m/software/software-attempt";
import { beginSoftware, nextSoftware, resumeSoftware } from "@lamplighter/lwm2m/software/software-change";
import { softwareDeadline } from "@lamplighter/lwm2m/software/software-deadlines";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { milliseconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import { failureEvent, ImageDelivery } from "../image-delivery.ts";
import type { ImageDownloads } from "../image-downloads.ts";
import { pollEvery, progressEvery } from "../job-driver.ts";
import type { SoftwareExecute, SoftwareGateway, SoftwareSign } from "./software-gateway.ts";
import { happeningAfter } from "./software-happening.ts";
import type { SoftwareStore, SoftwareTask } from "./software-task.ts";

export interface SoftwareWorld {
  readonly store: SoftwareStore;
  readonly gateway: SoftwareGateway;
  readonly image: (packageId: string) => Promise<Uint8Array>;
  readonly downloads?: ImageDownloads | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Why a driver lets go of its light: the task is over, or could not be stored and is to be taken up again. */
export type SoftwareEnd = "over" | "unstored";

/**
 * Drives one light through one software task, or takes one up again after a restart.
 *
 * Events are taken one after the other. What is intended is stored before the request for it leaves, so that a crash between
 * the two is found by reading the light.
 */
export class SoftwareDriver {
  readonly #world: SoftwareWorld;
  readonly #ended: (how: SoftwareEnd) => void;
  readonly #delivery: ImageDelivery;
  #task: SoftwareTask;
  /** After a restart nothing is done before the light was read. */
  #isResuming: boolean;
  #events: SoftwareEvent[] = [];
  #isBusy = false;
  #isOver = false;
  #isReading = false;
  #isCreating = false;
  #poll: Cancel = () => {};
  #deadline: Cancel = () => {};
  #progressAt = 0;

  constructor(
    task: SoftwareTask,
    { world, resume, ended }: { world: SoftwareWorld; resume: boolean; ended: (how: SoftwareEnd) => void },
  ) {
    this.#task = task;
    this.#world = world;
    this.#isResuming = resume;
    this.#ended = ended;
    const { gateway, image, downloads, log } = world;
    this.#delivery = new ImageDelivery({
      world: {
        ...{ image, downloads, log },
        gateway: {
          readDelivery: () => gateway.readDelivery(this.#task),
          pushPackage: (_, bytes, options) => gateway.pushPackage(this.#task, bytes, options),
          offerPackage: (_, uri) => gateway.offerPackage(this.#task, uri),
        },
        mayWork: () => (this.#isOver ? "over" : "yes"),
      },
      spec: { packageId: task.package?.id ?? "", delivery: task.package?.prefers ?? "push" },
      // Software and firmware are fetched from addresses of one kind: what names the attempt tells them apart.
      job: () => ({ ...this.#task, id: `software-${this.#task.id}`, attempt: this.#task.attempt.tries }),
      isOver: () => this.#isOver,
      feed: (event) => this.feed(event),
      onProgress: (bytesDone) => this.#progress(bytesDone),
    });
  }

  get task(): SoftwareTask {
    return this.#task;
  }

  start(): void {
    this.#pollLater();
    if (!this.#isResuming) {
      this.#armDeadline(this.#task.deadlineAt);
      return this.#run(beginSoftware(this.#task.attempt.wish).effects);
    }
    this.#armDeadline(this.#task.deadlineAt);
    // A light that fetches goes on by itself, and must find the package where it was.
    if (isFetching(this.#task.attempt)) void this.#delivery.openDownload();
    void this.#resume();
  }

  /** Tells of something seen on the light. */
  see({ kind }: SoftwareSign): void {
    if (this.#isResuming) return void this.#resume();
    this.feed({ kind: kind === "registered" ? "registered" : kind === "awake" ? "poll" : "notified" });
  }

  /** Lets go of the light without a word, as when the server stops. */
  release(): void {
    this.#isOver = true;
    this.#delivery.stopPush();
    this.#poll();
    this.#deadline();
  }

  /** Hands in what happened, or what somebody orders. */
  feed(event: SoftwareEvent): void {
    if (this.#isOver) return;
    // What must not wait for the light to come back.
    if (event.kind === "cancel" || event.kind === "deadline") this.#isResuming = false;
    this.#events.push(event);
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    await this.#guarded(async () => {
      for (let event = this.#events.shift(); event && !this.#isOver; event = this.#events.shift()) {
        await this.#enter(nextSoftware(this.#task.attempt, event), event);
      }
    });
    this.#isBusy = false;
  }

  /** The database is away: the task stays as it is stored, and is taken up again later. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#world.log.error("A software task could not be stored.", { task: this.#task.id, error: String(error) });
      this.release();
      this.#ended("unstored");
    }
  }

  /** Stores where the attempt stands now, if that changed, and only then acts. */
  async #enter({ attempt, effects }: SoftwareStep, event: SoftwareEvent): Promise<void> {
    const before = this.#task.attempt;
    if (attempt !== before) {
      if (!(await this.#store(attempt, event))) return;
    } else if (event.kind === "deadline") this.#armDeadline();
    this.#run(effects);
    if (isSoftwareOver(attempt.phase)) return this.#end();
    if (attempt.phase === "delivered" && before.phase !== "delivered" && this.#task.installs === "at-once") {
      this.feed({ kind: "install" });
    }
  }

  async #store(attempt: SoftwareAttempt, event: SoftwareEvent): Promise<boolean> {
    const { attempt: before, deadlineAt: oldDeadline, ...task } = this.#task;
    const now = this.#now();
    const isNewPhase =
      attempt.phase !== before.phase || attempt.isUnanswered !== before.isUnanswered || event.kind === "deadline";
    const span = softwareDeadline(attempt);
    const deadlineAt = isNewPhase ? span && now + span : oldDeadline;
    const isOver = isSoftwareOver(attempt.phase);
    const begins = attempt.phase !== before.phase && (attempt.phase === "pushing" || attempt.phase === "offering");
    this.#task = {
      ...task,
      attempt,
      updatedAt: now,
      ...(begins && { bytesDone: 0 }),
      ...(attempt.phase === "delivered" && { bytesDone: task.package?.bytes ?? 0 }),
      ...(deadlineAt !== undefined && { deadlineAt }),
      ...(isOver && { endedAt: now }),
    };
    if (!isDelivering(attempt)) this.#delivery.closeDownload();
    if (!(await this.#world.store.save(this.#task, happeningAfter(this.#task, before)))) {
      this.#end();
      return false;
    }
    if (isNewPhase) this.#armDeadline(deadlineAt);
    return true;
  }

  #end(): void {
    this.release();
    this.#delivery.closeDownload();
    this.#ended("over");
  }

  // ── Time ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #armDeadline(at?: number): void {
    this.#deadline();
    const span = softwareDeadline(this.#task.attempt);
    if (span === undefined || this.#isOver) return;
    const left = milliseconds(Math.max(0, (at ?? this.#now() + span) - this.#now()));
    this.#deadline = this.#world.clock.after(left, () => this.feed({ kind: "deadline" }));
  }

  #pollLater(): void {
    if (this.#isOver) return;
    this.#poll = this.#world.clock.after(pollEvery, () => {
      if (this.#isResuming) void this.#resume();
      else this.feed({ kind: "poll" });
      this.#pollLater();
    });
  }

  // ── What is asked of the light ─────────────────────────────────────────────────────────────────────────────────

  #run(effects: readonly SoftwareEffect[]): void {
    const { gateway } = this.#world;
    for (const effect of effects) {
      switch (effect.kind) {
        case "read":
          void this.#read();
          break;
        case "create":
          void this.#create();
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
        case "clear":
        case "install":
        case "switch":
        case "uninstall":
          void this.#ask(effect.kind, gateway.execute(this.#task, executeOf(effect)));
          break;
      }
    }
  }

  async #create(): Promise<void> {
    if (this.#isCreating || !this.#isThere()) return;
    this.#isCreating = true;
    await this.#ask("create", this.#world.gateway.create(this.#task));
    this.#isCreating = false;
  }

  async #ask(
    operation: "create" | "clear" | "install" | "switch" | "uninstall",
    request: Promise<OperationOutcome<void>>,
  ): Promise<void> {
    const outcome = await request;
    this.feed(outcome.kind === "ok" ? { kind: "answered", operation } : failureEvent(operation, outcome));
  }

  async #read(): Promise<void> {
    const { attempt } = this.#task;
    if (this.#isReading || !this.#isThere()) return;
    this.#isReading = true;
    if (attempt.phase === "examining" && attempt.wish.kind === "install" && !attempt.delivery) {
      const choice = await this.#delivery.choose();
      this.feed(choice);
      if (choice.kind !== "delivery-chosen") {
        this.#isReading = false;
        return;
      }
    }
    const outcome = await this.#world.gateway.read(this.#task);
    this.#isReading = false;
    this.feed(outcome.kind === "ok" ? { kind: "read", ...outcome.value } : failureEvent("read", outcome));
  }

  async #resume(): Promise<void> {
    if (this.#isReading || this.#isOver || !this.#isThere()) return;
    const { attempt } = this.#task;
    if (attempt.phase === "creating" || attempt.phase === "examining" || attempt.phase === "waiting-to-retry") {
      // Nothing was begun yet: it goes on as if it had just been asked for.
      this.#isResuming = false;
      if (attempt.phase === "examining") await this.#read();
      else if (attempt.phase === "creating") this.feed({ kind: "timed-out", operation: "create" });
      return;
    }
    this.#isReading = true;
    const outcome = await this.#world.gateway.read(this.#task);
    this.#isReading = false;
    if (outcome.kind !== "ok" || !this.#isResuming || this.#isOver) return;
    this.#isResuming = false;
    this.#isBusy = true;
    await this.#guarded(() =>
      this.#enter(resumeSoftware(this.#task.attempt, outcome.value), { kind: "read", ...outcome.value }),
    );
    this.#isBusy = false;
    if (this.#task.attempt.phase === "delivered" && this.#task.installs === "at-once") this.feed({ kind: "install" });
    if (!this.#isOver) void this.#work();
  }

  #progress(bytesDone: number): void {
    if (this.#isOver) return;
    // The last figure is stored with the next change of phase in any case.
    this.#task = { ...this.#task, bytesDone };
    const now = this.#world.clock.monotonic();
    if (now - this.#progressAt < progressEvery || this.#isBusy || !isDelivering(this.#task.attempt)) return;
    this.#progressAt = now;
    this.#isBusy = true;
    void this.#world.store
      .save(this.#task)
      .catch((error: unknown) =>
        this.#world.log.warn("Progress could not be stored.", { task: this.#task.id, error: String(error) }),
      )
      .finally(() => void this.#work());
  }

  #isThere(): boolean {
    return this.#world.gateway.isRegistered(this.#task.endpoint);
  }

  #now(): number {
    return this.#world.clock.now().getTime();
  }
}

function executeOf(
  effect: Extract<SoftwareEffect, { kind: "clear" | "install" | "switch" | "uninstall" }>,
): SoftwareExecute {
  switch (effect.kind) {
    case "install":
      return { kind: "install" };
    case "switch":
      return { kind: effect.on ? "activate" : "deactivate" };
    default:
      return { kind: "uninstall", forUpdate: effect.forUpdate };
  }
}

const isDelivering = ({ phase }: SoftwareAttempt): boolean =>
  phase === "pushing" || phase === "offering" || phase === "confirming-delivery";

const isFetching = (attempt: SoftwareAttempt): boolean => attempt.delivery === "pull" && isDelivering(attempt);
