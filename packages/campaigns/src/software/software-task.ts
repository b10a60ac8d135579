import type { FirmwareDelivery } from "@lamplighter/lwm2m/firmware-update";
import type { SoftwareAttempt } from "@lamplighter/lwm2m/software/software-attempt";

/** One change of one piece of software of one light: to install a package, to activate, to deactivate or to uninstall. */
export interface SoftwareTask {
  readonly id: string;
  readonly deviceId: string;
  readonly endpoint: string;
  /** Which instance of object 9. */
  readonly instance: number;
  readonly attempt: SoftwareAttempt;
  /** What is to be installed; absent for a task that brings no package. */
  readonly package?: SoftwarePackage;
  readonly bytesDone: number;
  /** When the package is installed: as soon as it is there, or when somebody says so. */
  readonly installs: "at-once" | "when-told";
  /** Until when it may stay in its phase; milliseconds since the epoch, as all instants here. */
  readonly deadlineAt?: number;
  readonly askedBy: string;
  readonly askedAt: number;
  readonly updatedAt: number;
  readonly endedAt?: number;
}

/** A package as it was when the task was asked for; its bytes are found by `id`. */
export interface SoftwarePackage {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly bytes: number;
  /** How it should go to the light, where the light leaves that open. */
  readonly prefers: FirmwareDelivery;
}

/** What a person reads in the light's timeline of it, written together with the change that it tells of. */
export interface SoftwareHappening {
  readonly actor: string;
  /** `software.asked`, `software.succeeded` and the like. */
  readonly kind: string;
  readonly message: string;
}

/** Keeps software tasks. At most one that has not ended is kept for a light. */
export interface SoftwareStore {
  /** Every task that has not ended, in any order. */
  unfinished(): Promise<readonly SoftwareTask[]>;
  /** `busy`: another task has not ended on this light. `no-light`: the light is not in the inventory any more. */
  add(task: SoftwareTask, happening: SoftwareHappening): Promise<"added" | "busy" | "no-light">;
  /** Stores a task as it stands now. False when it is not there any more, as when its light was removed. */
  save(task: SoftwareTask, happening?: SoftwareHappening): Promise<boolean>;
}
