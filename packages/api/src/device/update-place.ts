import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { id, label } from "../input/text.ts";
import { isTimeZone } from "../input/time-zone.ts";
import { deviceView, visibleDevice } from "../inventory/device-view.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { DeviceView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";

const words = label.nullable().optional();

/** Changes what people know of a light: its name and where it stands. Null clears; what is left out stays. */
export const updatePlaceDevice = needs("device.edit")
  .input(
    z.object({
      id,
      name: words,
      latitude: z.number().min(-90).max(90).nullable().optional(),
      longitude: z.number().min(-180).max(180).nullable().optional(),
      street: words,
      district: words,
      feeder: words,
      cell: words,
      timeZone: words,
      powerClass: z.enum(["always", "night-switched"]).optional(),
    }),
  )
  .mutation(async ({ ctx, input: { id: deviceId, ...given } }): Promise<DeviceView> => {
    const { db, clock, actor, live } = ctx;
    const device = await visibleDevice(db, visibleTo(actor).devices, deviceId);
    const change = Object.fromEntries(
      Object.entries(given)
        .filter(([, value]) => value !== undefined)
        .map(([field, value]) => [field, value === "" ? null : value]),
    ) as { latitude?: number | null; longitude?: number | null; timeZone?: string | null };
    if (change.timeZone && !isTimeZone(change.timeZone)) {
      throw new Problem("invalid-input", `"${change.timeZone}" is no time zone. Write one such as Europe/Vienna.`);
    }
    const latitude = change.latitude === undefined ? device.latitude : change.latitude;
    const longitude = change.longitude === undefined ? device.longitude : change.longitude;
    if ((latitude === null) !== (longitude === null)) {
      throw new Problem("invalid-input", "A position needs both latitude and longitude. Give both, or clear both.");
    }
    const moved = latitude !== device.latitude || longitude !== device.longitude;
    const source = moved ? { placeSource: latitude === null ? null : "operator" } : {};
    const changed = await db.$transaction(async (db) => {
      await recordEvent(
        { db, clock },
        {
          actor: actor.id,
          kind: "device.edited",
          deviceId,
          message: `Changed ${Object.keys(change).join(", ") || "nothing"} of ${device.endpoint}.`,
        },
      );
      return db.device.update({ where: { id: deviceId }, data: { ...change, ...source, updatedAt: clock.now() } });
    });
    live.note({ kind: "device", deviceId });
    return deviceView(ctx, changed);
  });
