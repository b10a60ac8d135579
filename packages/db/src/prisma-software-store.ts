import type { SoftwareHappening, SoftwareStore, SoftwareTask } from "@lamplighter/campaigns/software/software-task";
import { codeOf } from "./database-errors.ts";
import type { Prisma, PrismaClient, SoftwareTask as Row } from "./generated/client.ts";
import { storableText } from "./storable-text.ts";

/** Keeps software tasks in PostgreSQL, each change together with the line of the timeline that tells of it. */
export class PrismaSoftwareStore implements SoftwareStore {
  readonly #db: PrismaClient;
  readonly #node: string;

  constructor({ db, node }: { readonly db: PrismaClient; readonly node: string }) {
    this.#db = db;
    this.#node = node;
  }

  async unfinished(): Promise<readonly SoftwareTask[]> {
    return (await this.#db.softwareTask.findMany({ where: { endedAt: null } })).map(toSoftwareTask);
  }

  async add(task: SoftwareTask, happening: SoftwareHappening): Promise<"added" | "busy" | "no-light"> {
    const { id, deviceId, endpoint, instance, askedBy, askedAt } = task;
    const fixed = { id, deviceId, endpoint, instance, askedBy, askedAt: new Date(askedAt), node: this.#node };
    try {
      await this.#db.$transaction([
        this.#db.softwareTask.create({ data: { ...fixed, ...changing(task) } }),
        this.#db.event.create({ data: eventOf(task, happening) }),
      ]);
      return "added";
    } catch (error) {
      // The index that lets one light have one task at a time; then the light itself, which may just have been removed.
      if (codeOf(error) === "P2002") return "busy";
      if (codeOf(error) === "P2003") return "no-light";
      throw error;
    }
  }

  async save(task: SoftwareTask, happening?: SoftwareHappening): Promise<boolean> {
    return this.#db.$transaction(async (db) => {
      const { count } = await db.softwareTask.updateMany({ where: { id: task.id }, data: changing(task) });
      if (count > 0 && happening) await db.event.create({ data: eventOf(task, happening) });
      return count > 0;
    });
  }
}

function changing({ attempt, package: image, bytesDone, installs, deadlineAt, updatedAt, endedAt }: SoftwareTask) {
  return {
    ...{ wish: attempt.wish.kind, phase: attempt.phase, bytesDone, installs },
    attempt: storable(attempt),
    ...(image && { package: { ...image }, packageId: image.id }),
    deadlineAt: deadlineAt === undefined ? null : new Date(deadlineAt),
    updatedAt: new Date(updatedAt),
    endedAt: endedAt === undefined ? null : new Date(endedAt),
  };
}

function eventOf({ deviceId, updatedAt }: SoftwareTask, { actor, kind, message }: SoftwareHappening) {
  return { at: new Date(updatedAt), actor, kind, deviceId, message: storableText(message) };
}

/** What the light says of its version is part of an attempt. */
function storable(attempt: SoftwareTask["attempt"]): Prisma.InputJsonObject {
  return JSON.parse(JSON.stringify(attempt, (_, value) => (typeof value === "string" ? storableText(value) : value)));
}

/** A task as it was stored. */
export function toSoftwareTask(row: Row): SoftwareTask {
  const { id, deviceId, endpoint, instance, bytesDone, installs, askedBy, askedAt, updatedAt, deadlineAt, endedAt } =
    row;
  return {
    ...{ id, deviceId, endpoint, instance, bytesDone, askedBy },
    // Written by us alone, and by what the light says before anything is done.
    attempt: row.attempt as unknown as SoftwareTask["attempt"],
    installs: installs as SoftwareTask["installs"],
    ...(row.package !== null && { package: row.package as unknown as NonNullable<SoftwareTask["package"]> }),
    ...{ askedAt: askedAt.getTime(), updatedAt: updatedAt.getTime() },
    ...(deadlineAt && { deadlineAt: deadlineAt.getTime() }),
    ...(endedAt && { endedAt: endedAt.getTime() }),
  };
}
