import type { SoftwareWish } from "@lamplighter/lwm2m/software/software-attempt";
import { beginSoftware, isSoftwareCancellable } from "@lamplighter/lwm2m/software/software-change";
import { softwareDeadline } from "@lamplighter/lwm2m/software/software-deadlines";
import type { Cancel } from "@lamplighter/runtime/clock";
import { type Duration, seconds } from "@lamplighter/runtime/duration";
import { SoftwareDriver, type SoftwareWorld } from "./software-driver.ts";
import { nameOf } from "./software-happening.ts";
import type { SoftwareTask } from "./software-task.ts";

/** Software tasks under way at one time. Beyond, a new one is refused. */
export const softwareTasksMax = 10_000;

/** How long after a task could not be stored those without a driver are looked for. */
const takeUpAfter: Duration = seconds(10);

/** What somebody asks for. */
export type NewSoftwareTask = Pick<SoftwareTask, "deviceId" | "endpoint" | "instance" | "installs" | "package"> & {
  readonly wish: SoftwareWish;
  readonly askedBy: string;
};

export type BegunSoftware =
  | { readonly kind: "begun"; readonly task: SoftwareTask }
  /** Another task has not ended on this light; or there is no such light; or too many are under way. */
  | { readonly kind: "busy" | "no-light" | "too-many" };

/** Where software tasks are asked for, and driven until they end. One light has one at a time. */
export class SoftwareDesk {
  readonly #world: SoftwareWorld;
  readonly #newId: () => string;
  readonly #drivers = new Map<string, SoftwareDriver>();
  #deafen: Cancel = () => {};
  #takeUpLater: Cancel | undefined;
  #isStopped = false;

  constructor({ world, newId }: { readonly world: SoftwareWorld; readonly newId: () => string }) {
    this.#world = world;
    this.#newId = newId;
  }

  /** Takes up what had not ended when the server stopped. */
  async start(): Promise<void> {
    this.#deafen = this.#world.gateway.onSign((sign) => this.#drivers.get(sign.endpoint)?.see(sign));
    await this.#takeUp();
  }

  /** Lets go of every light; {@link start} of the next server takes the tasks up. */
  stop(): void {
    this.#isStopped = true;
    this.#deafen();
    this.#takeUpLater?.();
    for (const driver of this.#drivers.values()) driver.release();
    this.#drivers.clear();
  }

  /** Stores a task and begins it. */
  async begin({ wish, ...asked }: NewSoftwareTask): Promise<BegunSoftware> {
    if (this.#drivers.size >= softwareTasksMax) return { kind: "too-many" };
    const { attempt } = beginSoftware(wish);
    const now = this.#world.clock.now().getTime();
    const task: SoftwareTask = {
      ...asked,
      ...{ id: this.#newId(), attempt, bytesDone: 0, askedAt: now, updatedAt: now },
      deadlineAt: now + (softwareDeadline(attempt) ?? 0),
    };
    const { askedBy: actor } = task;
    const added = await this.#world.store.add(task, {
      ...{ actor, kind: "software.asked", message: `${nameOf(task)}: asked for.` },
    });
    if (added !== "added") return { kind: added };
    this.#drive(task, false);
    return { kind: "begun", task };
  }

  /** Orders the installation of a package that waits for it. False when none waits. */
  install(taskId: string): boolean {
    const driver = this.#find(taskId);
    if (driver?.task.attempt.phase !== "delivered") return false;
    driver.feed({ kind: "install" });
    return true;
  }

  /** Calls a task back. `too-late`: something is being executed on the light, which cannot be called back. */
  cancel(taskId: string): "cancelled" | "too-late" | "over" {
    const driver = this.#find(taskId);
    if (!driver) return "over";
    if (!isSoftwareCancellable(driver.task.attempt)) return "too-late";
    driver.feed({ kind: "cancel" });
    return "cancelled";
  }

  /** Calls back whatever can be. Returns how many tasks that were; what is being executed on a light runs to its end. */
  cancelAll(): number {
    const all = [...this.#drivers.values()].filter(({ task }) => isSoftwareCancellable(task.attempt));
    for (const driver of all) driver.feed({ kind: "cancel" });
    return all.length;
  }

  async #takeUp(): Promise<void> {
    for (const task of await this.#world.store.unfinished()) {
      if (!this.#isStopped && !this.#drivers.has(task.endpoint)) this.#drive(task, true);
    }
  }

  /** The database was away: what it holds goes on once it is back, by what the lights say. */
  #takeUpWhenBack(): void {
    if (this.#isStopped) return;
    this.#takeUpLater ??= this.#world.clock.after(takeUpAfter, () => {
      this.#takeUpLater = undefined;
      this.#takeUp().catch((error: unknown) => {
        this.#world.log.warn("Software tasks could not be taken up; this is tried again.", { error: String(error) });
        this.#takeUpWhenBack();
      });
    });
  }

  #find(taskId: string): SoftwareDriver | undefined {
    return [...this.#drivers.values()].find(({ task }) => task.id === taskId);
  }

  #drive(task: SoftwareTask, resume: boolean): void {
    const driver = new SoftwareDriver(task, {
      world: this.#world,
      resume,
      ended: (how) => {
        if (this.#drivers.get(task.endpoint) === driver) this.#drivers.delete(task.endpoint);
        if (how === "unstored") this.#takeUpWhenBack();
      },
    });
    this.#drivers.set(task.endpoint, driver);
    driver.start();
  }
}
