import type { DeviceQuery } from "@lamplighter/campaigns/device-query";
import type { Prisma } from "@lamplighter/db/generated/client";
import { groupDepthMax } from "../inventory/device-where.ts";
import { Problem } from "../problem.ts";

/** Any number that nothing else of Lamplighter locks. */
const groupLock = 727_469_012;

/**
 * Lets those who change which group finds its lights by which do so one after the other, until their transaction ends: two
 * changes at once, each good by itself, could make a ring.
 */
export async function lockGroups(db: Prisma.TransactionClient): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(${groupLock})`;
}

interface Link {
  readonly id: string;
  readonly name: string;
  readonly next: string | undefined;
}

/** Every group, with the one that its query names, if it names one. */
async function links(db: Prisma.TransactionClient): Promise<ReadonlyMap<string, Link>> {
  const rows = await db.deviceGroup.findMany({ select: { id: true, name: true, kind: true, query: true } });
  return new Map(
    rows.map(({ id, name, kind, query }) => [
      id,
      { id, name, next: kind === "query" ? (query as unknown as DeviceQuery | null)?.groupId : undefined },
    ]),
  );
}

/**
 * Refuses what was just written of a group where it, or a group that finds its lights by it, could not be followed to its
 * end any more. Call it in the transaction that wrote, under {@link lockGroups}: a refusal takes the write back.
 */
export async function refuseBrokenChain(db: Prisma.TransactionClient, changedId: string): Promise<void> {
  const all = await links(db);
  for (const start of all.values()) {
    const chain: Link[] = [];
    for (let at: Link | undefined = start; at; at = at.next === undefined ? undefined : all.get(at.next)) {
      chain.push(at);
      if (at.next !== undefined && !all.has(at.next) && at.id === changedId) {
        throw new Problem("not-found", "The group that the query names does not exist any more. Choose another.");
      }
      if (chain.length <= groupDepthMax) continue;
      if (!chain.some(({ id }) => id === changedId)) break;
      throw new Problem(
        "invalid-input",
        `Groups find their lights by one another: "${start.name}" would go on for more than ${groupDepthMax} groups, or in a ring. Choose another group.`,
      );
    }
  }
}

/** Refuses to remove a group by which another finds its lights. */
export async function refuseIfNamed(db: Prisma.TransactionClient, id: string): Promise<void> {
  const naming = [...(await links(db)).values()].filter(({ next }) => next === id);
  if (naming.length === 0) return;
  const names = naming.slice(0, 5).map(({ name }) => `"${name}"`);
  throw new Problem(
    "in-use",
    `${names.join(", ")}${naming.length > names.length ? " and others" : ""} find lights by this group. Change or remove that first.`,
  );
}
