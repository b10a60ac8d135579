import type { CampaignSpec } from "@lamplighter/campaigns/campaign";
import type { DeviceQuery } from "@lamplighter/campaigns/device-query";
import type { DeviceGroup, Prisma, PrismaClient } from "@lamplighter/db/generated/client";
import { groupWhere } from "../inventory/device-where.ts";
import { Problem } from "../problem.ts";
import type { GroupView } from "../views.ts";

const unfinished = ["draft", "scheduled", "running", "paused", "cancelling"];

/** Finds a group a person may see, or says that there is none. */
export async function visibleGroup(
  db: Pick<PrismaClient, "deviceGroup">,
  scope: Prisma.DeviceGroupWhereInput,
  id: string,
): Promise<DeviceGroup> {
  const group = await db.deviceGroup.findFirst({ where: { AND: [{ id }, scope] } });
  if (!group) throw new Problem("not-found", "This group does not exist, or it was removed. Go back to the list.");
  return group;
}

/** Groups with how many lights each holds now and which unfinished campaigns were aimed at it. */
export async function groupViews(
  db: PrismaClient,
  devices: Prisma.DeviceWhereInput,
  groups: readonly DeviceGroup[],
): Promise<GroupView[]> {
  const campaigns = await db.campaign.findMany({
    where: { state: { in: unfinished } },
    select: { id: true, name: true, spec: { select: { spec: true } } },
  });
  const targets = campaigns.map(({ id, name, spec }) => ({
    id,
    name,
    target: (spec.spec as unknown as CampaignSpec).target,
  }));
  return Promise.all(
    groups.map(
      async (group): Promise<GroupView> => ({
        id: group.id,
        name: group.name,
        description: group.description,
        kind: group.kind as GroupView["kind"],
        query: group.query as unknown as DeviceQuery | null,
        ...(await lightsIn(db, devices, group.id)),
        createdAt: group.createdAt.toISOString(),
        campaigns: targets.filter(({ target }) => aimsAt(target, group.id)).map(({ id, name }) => ({ id, name })),
      }),
    ),
  );
}

/** How many lights a group holds; none, and why, where its query leads nowhere: one broken group must not hide the others. */
export async function lightsIn(
  db: PrismaClient,
  devices: Prisma.DeviceWhereInput,
  id: string,
): Promise<Pick<GroupView, "lights" | "problem">> {
  try {
    return { lights: await db.device.count({ where: { AND: [devices, await groupWhere(db, id)] } }), problem: null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { lights: 0, problem: `It finds no light: ${error.message}` };
  }
}

function aimsAt(target: CampaignSpec["target"], groupId: string): boolean {
  return (
    (target.kind === "group" && target.groupId === groupId) ||
    (target.kind === "query" && target.query.groupId === groupId)
  );
}

export async function groupView(
  db: PrismaClient,
  devices: Prisma.DeviceWhereInput,
  group: DeviceGroup,
): Promise<GroupView> {
  const [view] = await groupViews(db, devices, [group]);
  if (!view) throw new Problem("not-found", "This group does not exist any more.");
  return view;
}

/** Turns the database's "unique" refusal of a name into words. */
export function nameTaken(name: string, cause: unknown): Problem {
  return new Problem("name-taken", `There is a group called "${name}" already. Choose another name.`, { cause });
}
