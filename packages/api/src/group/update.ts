import type { Prisma } from "@lamplighter/db/generated/client";
import { z } from "zod";
import { isDuplicate } from "../db-error.ts";
import { recordEvent } from "../event/record.ts";
import { deviceQuery } from "../input/device-query.ts";
import { id, line, lines, name, prose } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { GroupView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { lockGroups, refuseBrokenChain } from "./group-graph.ts";
import { groupView, nameTaken, visibleGroup } from "./view.ts";

/** Renames a group or changes its query. Campaigns already written keep the lights they were aimed at. */
export const updateGroup = needs("group.write")
  .input(
    z.object({
      id,
      name: name.pipe(line).optional(),
      description: prose.pipe(lines).nullable().optional(),
      query: deviceQuery.optional(),
    }),
  )
  .mutation(async ({ ctx, input }): Promise<GroupView> => {
    const { db, clock, actor, live } = ctx;
    const scope = visibleTo(actor);
    const group = await visibleGroup(db, scope.groups, input.id);
    if (input.query && group.kind !== "query") {
      throw new Problem("wrong-state", `"${group.name}" is a group of named lights; it has no query to change.`);
    }
    if (input.query?.groupId === group.id) throw new Problem("invalid-input", "A group cannot be a part of itself.");
    const data: Prisma.DeviceGroupUpdateInput = {
      ...(input.name !== undefined && { name: input.name }),
      ...(input.description !== undefined && { description: input.description }),
      ...(input.query && { query: input.query as unknown as Prisma.InputJsonObject }),
      updatedAt: clock.now(),
    };
    try {
      await db.$transaction(async (db) => {
        await lockGroups(db);
        await db.deviceGroup.update({ where: { id: group.id }, data });
        if (input.query) await refuseBrokenChain(db, group.id);
        const message = `Changed group "${input.name ?? group.name}".`;
        await recordEvent({ db, clock }, { actor: actor.id, kind: "group.changed", message });
      });
    } catch (error) {
      if (isDuplicate(error)) throw nameTaken(input.name ?? group.name, error);
      throw error;
    }
    live.note({ kind: "groups" });
    return groupView(db, scope.devices, await visibleGroup(db, scope.groups, group.id));
  });
