import type { SoftwareHappening, SoftwareStore, SoftwareTask } from "./software-task.ts";

/** Keeps software tasks in memory, for simulation and tests. */
export class MemorySoftwareStore implements SoftwareStore {
  readonly tasks = new Map<string, SoftwareTask>();
  readonly happenings: SoftwareHappening[] = [];

  async unfinished(): Promise<readonly SoftwareTask[]> {
    return this.#unfinished();
  }

  async add(task: SoftwareTask, happening: SoftwareHappening): Promise<"added" | "busy" | "no-light"> {
    if (this.#unfinished().some(({ deviceId }) => deviceId === task.deviceId)) return "busy";
    this.tasks.set(task.id, task);
    this.happenings.push(happening);
    return "added";
  }

  async save(task: SoftwareTask, happening?: SoftwareHappening): Promise<boolean> {
    if (!this.tasks.has(task.id)) return false;
    this.tasks.set(task.id, task);
    if (happening) this.happenings.push(happening);
    return true;
  }

  #unfinished(): readonly SoftwareTask[] {
    return [...this.tasks.values()].filter(({ endedAt }) => endedAt === undefined);
  }
}
