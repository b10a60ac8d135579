import type { Prisma } from "@lamplighter/db/generated/client";
import { z } from "zod";
import { isDuplicate } from "../db-error.ts";
import { recordEvent } from "../event/record.ts";
import { deviceQuery } from "../input/device-query.ts";
import { id, idsMax, line, lines, name, prose } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { GroupView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { lockGroups, refuseBrokenChain } from "./group-graph.ts";
import { insertMembers } from "./members.ts";
import { groupView, nameTaken } from "./view.ts";

/** Makes a group: of named lights, or of whatever a saved query finds. */
export const createGroup = needs("group.write")
  .input(
    z.object({
      name: name.pipe(line),
      description: prose.pipe(lines).optional(),
      kind: z.enum(["static", "query"]),
      query: deviceQuery.optional(),
      deviceIds: z.array(id).max(idsMax).optional(),
    }),
  )
  .mutation(async ({ ctx, input }): Promise<GroupView> => {
    const { db, clock, actor, live, newId } = ctx;
    if (input.kind === "query" && !input.query) {
      throw new Problem("invalid-input", "A group by query needs a query. Set at least one filter.");
    }
    const scope = visibleTo(actor);
    const groupId = newId();
    try {
      await db.$transaction(async (db) => {
        await lockGroups(db);
        await db.deviceGroup.create({
          data: {
            id: groupId,
            name: input.name,
            description: input.description ?? null,
            kind: input.kind,
            ...(input.kind === "query" && { query: input.query as unknown as Prisma.InputJsonObject }),
            createdBy: actor.id,
            createdAt: clock.now(),
          },
        });
        await refuseBrokenChain(db, groupId);
        if (input.kind === "static" && input.deviceIds?.length) {
          await insertMembers({ db, clock }, groupId, { AND: [scope.devices, { id: { in: input.deviceIds } }] });
        }
        await recordEvent(
          { db, clock },
          { actor: actor.id, kind: "group.created", message: `Created group "${input.name}".` },
        );
      });
    } catch (error) {
      if (isDuplicate(error)) throw nameTaken(input.name, error);
      throw error;
    }
    live.note({ kind: "groups" });
    return groupView(db, scope.devices, await db.deviceGroup.findUniqueOrThrow({ where: { id: groupId } }));
  });
