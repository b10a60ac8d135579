import { z } from "zod";
import { ids } from "../input/text.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";

/** Lets pending lights in: from now on they are operated like all others. */
export const acceptDevice = needs("device.enrol")
  .input(z.object({ ids }))
  .mutation(async ({ ctx, input }): Promise<{ lights: number }> => {
    const { db, clock, actor, lights, enrolment, live } = ctx;
    const devices = await db.device.findMany({
      where: { AND: [visibleTo(actor).devices, { id: { in: input.ids }, presence: "pending" }] },
      select: { id: true, endpoint: true },
    });
    await db.$transaction([
      db.device.updateMany({
        where: { id: { in: devices.map(({ id }) => id) } },
        data: { presence: "offline", updatedAt: clock.now() },
      }),
      db.event.createMany({
        data: devices.map(({ id, endpoint }) => ({
          at: clock.now(),
          actor: actor.id,
          kind: "device.accepted",
          deviceId: id,
          message: `Accepted light ${endpoint}.`,
        })),
      }),
    ]);
    for (const { id, endpoint } of devices) {
      enrolment.know(endpoint);
      lights.accept(endpoint);
      live.note({ kind: "device", deviceId: id });
    }
    return { lights: devices.length };
  });
