import { z } from "zod";
import { ids } from "../input/text.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";

/** Lets pending lights in: from now on they are operated like all others. */
export const acceptDevice = needs("device.enrol")
  .input(z.object({ ids }))
  .mutation(async ({ ctx, input }): Promise<{ lights: number }> => {
    const { db, clock, actor, lights, enrolment, live } = ctx;
    const devices = await db.$transaction(async (db) => {
      // Only those that this very statement let in: somebody may turn the same lights away at the same moment.
      const accepted = await db.device.updateManyAndReturn({
        where: { AND: [visibleTo(actor).devices, { id: { in: input.ids }, presence: "pending" }] },
        data: { presence: "offline", updatedAt: clock.now() },
        select: { id: true, endpoint: true },
      });
      await db.event.createMany({
        data: accepted.map(({ id, endpoint }) => ({
          at: clock.now(),
          actor: actor.id,
          kind: "device.accepted",
          deviceId: id,
          message: `Accepted light ${endpoint}.`,
        })),
      });
      return accepted;
    });
    for (const { id, endpoint } of devices) {
      enrolment.know(endpoint);
      lights.accept(endpoint);
      live.note({ kind: "device", deviceId: id });
    }
    return { lights: devices.length };
  });
