import type { SoftwareTask } from "@lamplighter/campaigns/software/software-task";
import type { PrismaClient } from "@lamplighter/db/generated/client";
import { isSoftwareCancellable } from "@lamplighter/lwm2m/software/software-change";
import { softwareTriesMax } from "@lamplighter/lwm2m/software/software-deadlines";
import {
  isSoftwareFailure,
  isSoftwareState,
  softwareResult,
  softwareStates,
} from "@lamplighter/lwm2m/software/software-result";
import { saySoftwareFailure } from "@lamplighter/lwm2m/software/software-words";
import type { ReadingView, SoftwareInstanceView, SoftwareTaskView } from "../views.ts";

/** What is known of the instances of object 9: those that the light announced, with the values last seen. */
export function softwareInstances(
  instances: readonly number[],
  readings: readonly Pick<ReadingView, "path" | "value" | "at">[],
): SoftwareInstanceView[] {
  const seen = new Map(readings.map((reading) => [reading.path, reading]));
  return instances.map((instance) => {
    const at = (resource: number) => seen.get(`/9/${instance}/${resource}`);
    const textAt = (resource: number) => wordOf(at(resource)?.value);
    const numberAt = (resource: number) => (textAt(resource) === null ? null : Number(textAt(resource)));
    const [state, result, active] = [numberAt(7), numberAt(9), at(12)?.value];
    const isFailure = result !== null && isSoftwareFailure(result);
    return {
      instance,
      name: textAt(0) || null,
      version: textAt(1) || null,
      state: state !== null && isSoftwareState(state) ? softwareStates[state] : null,
      isInstalled: state === 4,
      isActive: active?.type === "boolean" ? active.value : null,
      trouble: isFailure ? softwareResult(result).meaning : null,
      at: at(7)?.at ?? null,
    };
  });
}

function wordOf(value: ReadingView["value"] | undefined): string | null {
  return value === undefined || value.type === "multiple" ? null : String(value.value);
}

/** Software tasks for people: with the name of who asked, and why one failed in a sentence. */
export async function softwareTaskViews(db: PrismaClient, tasks: readonly SoftwareTask[]): Promise<SoftwareTaskView[]> {
  const users = await db.user.findMany({
    where: { id: { in: [...new Set(tasks.map(({ askedBy }) => askedBy))] } },
    select: { id: true, name: true },
  });
  const names = new Map(users.map(({ id, name }) => [id, name]));
  const instant = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString());
  return tasks.map((task) => {
    const { attempt, package: image } = task;
    const { wish, phase, tries, failure } = attempt;
    return {
      id: task.id,
      instance: task.instance,
      wish: wish.kind === "uninstall" && wish.forUpdate ? "make-ready" : wish.kind,
      phase,
      package: image ? { id: image.id, name: image.name, version: image.version, bytes: image.bytes } : null,
      delivery: image ? (attempt.delivery ?? image.prefers) : null,
      installs: task.installs,
      isTold: attempt.isTold ?? false,
      bytesDone: task.bytesDone,
      tries,
      triesMax: softwareTriesMax,
      failure: failure ? saySoftwareFailure(failure) : null,
      mayCancel: isSoftwareCancellable(attempt),
      deadlineAt: instant(task.deadlineAt),
      askedBy: names.get(task.askedBy) ?? task.askedBy,
      askedAt: new Date(task.askedAt).toISOString(),
      updatedAt: new Date(task.updatedAt).toISOString(),
      endedAt: instant(task.endedAt),
    };
  });
}
