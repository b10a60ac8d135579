import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { id } from "../input/text.ts";
import { groupWhere } from "../inventory/device-where.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";
import { visibleGroup } from "./view.ts";

/** Removes a group, not its lights. Campaigns aimed at it keep the lights they took when they were written. */
export const removeGroup = needs("group.write")
  .input(z.object({ id }))
  .mutation(async ({ ctx: { db, clock, actor, live }, input }): Promise<{ lights: number }> => {
    const scope = visibleTo(actor);
    const group = await visibleGroup(db, scope.groups, input.id);
    const lights = await db.device.count({ where: { AND: [scope.devices, await groupWhere(db, group.id)] } });
    await db.$transaction(async (db) => {
      await db.deviceGroup.delete({ where: { id: group.id } });
      const message = `Removed group "${group.name}" (${lights} lights were in it; they stay).`;
      await recordEvent({ db, clock }, { actor: actor.id, kind: "group.removed", message });
    });
    live.note({ kind: "groups" });
    return { lights };
  });
