import type { DeviceGroup, Prisma } from "@lamplighter/db/generated/client";
import type { SignedIn } from "../context.ts";
import { recordEvent } from "../event/record.ts";
import { Problem } from "../problem.ts";
import type { GroupView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { groupView, visibleGroup } from "./view.ts";

/** Changes who is in a static group and writes it down. `change` says in a few words what it did: "Added 3 lights". */
export async function changeMembers(
  ctx: SignedIn,
  groupId: string,
  change: (db: Prisma.TransactionClient, group: DeviceGroup) => Promise<string>,
): Promise<GroupView> {
  const { db, clock, actor, live } = ctx;
  const scope = visibleTo(actor);
  const group = await visibleGroup(db, scope.groups, groupId);
  if (group.kind !== "static") {
    throw new Problem(
      "wrong-state",
      `"${group.name}" holds whatever its query finds. Change the query instead of its members.`,
    );
  }
  await db.$transaction(async (db) => {
    const done = await change(db, group);
    const message = `${done} (group "${group.name}").`;
    await recordEvent({ db, clock }, { actor: actor.id, kind: "group.members", message });
  });
  live.note({ kind: "groups" });
  return groupView(db, scope.devices, group);
}
