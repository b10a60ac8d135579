import { toSoftwareTask } from "@lamplighter/db/prisma-software-store";
import { z } from "zod";
import { id } from "../input/text.ts";
import { visibleDevice } from "../inventory/device-view.ts";
import { needs } from "../procedure.ts";
import type { SoftwareView, WireValue } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { softwareInstancesOf } from "./light.ts";
import { softwareInstances, softwareTaskViews } from "./view.ts";

/** Tasks listed for one light, the newest first. */
const tasksMax = 50;

/** The software of one light: its pieces as they were last seen, the task under way, and those that ended. */
export const listSoftware = needs("device.read")
  .input(z.object({ deviceId: id }))
  .query(async ({ ctx, input }): Promise<SoftwareView> => {
    const { db, actor } = ctx;
    const device = await visibleDevice(db, visibleTo(actor).devices, input.deviceId);
    const [instances, readings, tasks] = await Promise.all([
      softwareInstancesOf(ctx, device),
      db.resourceReading.findMany({ where: { deviceId: device.id, path: { startsWith: "/9/" } } }),
      db.softwareTask.findMany({ where: { deviceId: device.id }, orderBy: { askedAt: "desc" }, take: tasksMax }),
    ]);
    const seen = readings.map(({ path, value, at }) => ({
      ...{ path, value: value as unknown as WireValue, at: at.toISOString() },
    }));
    return {
      hasObject: instances !== undefined,
      instances: softwareInstances(instances ?? [], seen),
      tasks: await softwareTaskViews(db, tasks.map(toSoftwareTask)),
    };
  });
