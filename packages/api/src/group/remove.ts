import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { id } from "../input/text.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";
import { lockGroups, refuseIfNamed } from "./group-graph.ts";
import { lightsIn, visibleGroup } from "./view.ts";

/** Removes a group, not its lights. Campaigns aimed at it keep the lights they took when they were written. */
export const removeGroup = needs("group.write")
  .input(z.object({ id }))
  .mutation(async ({ ctx: { db, clock, actor, live }, input }): Promise<{ lights: number }> => {
    const scope = visibleTo(actor);
    const group = await visibleGroup(db, scope.groups, input.id);
    const { lights } = await lightsIn(db, scope.devices, group.id);
    await db.$transaction(async (db) => {
      await lockGroups(db);
      await refuseIfNamed(db, group.id);
      await db.deviceGroup.delete({ where: { id: group.id } });
      const message = `Removed group "${group.name}" (${lights} lights were in it; they stay).`;
      await recordEvent({ db, clock }, { actor: actor.id, kind: "group.removed", message });
    });
    live.note({ kind: "groups" });
    return { lights };
  });
