import { type Announced, DeviceModels } from "@lamplighter/lwm2m/object-version";
import type { Lwm2mVersion, RegisteredObject } from "@lamplighter/lwm2m/registration";
import { z } from "zod";
import { id } from "../input/text.ts";
import { visibleDevice } from "../inventory/device-view.ts";
import { objectTree } from "../inventory/object-tree.ts";
import { needs } from "../procedure.ts";
import type { ObjectView, ReadingView, WireValue } from "../views.ts";
import { visibleTo } from "../visible-to.ts";

/** What a light has: the objects it announced, what the definitions say of them, and the values last seen. */
export const objectsDevice = needs("device.read")
  .input(z.object({ id }))
  .query(async ({ ctx, input }): Promise<readonly ObjectView[]> => {
    const { db, actor, lights, models } = ctx;
    const device = await visibleDevice(db, visibleTo(actor).devices, input.id);
    const [readings, observations, stored] = await Promise.all([
      db.resourceReading.findMany({ where: { deviceId: device.id } }),
      db.observation.findMany({ where: { endpoint: device.endpoint }, select: { path: true } }),
      db.registration.findFirst({ where: { endpoint: device.endpoint }, select: { objects: true, version: true } }),
    ]);
    const registration: Announced = lights.find(device.endpoint) ?? {
      objects: (stored?.objects as unknown as RegisteredObject[] | undefined) ?? [],
      version: (stored?.version ?? "1.0") as Lwm2mVersion,
    };
    const known = new DeviceModels(models);
    // The engine knows first: what it holds is written behind, and a screen asks again right after it observed something.
    const observed = lights.observedPaths(device.endpoint) ?? observations.map(({ path }) => path);
    return objectTree({
      objects: registration.objects,
      modelOf: (object) => known.find(registration, object),
      observed,
      readings: readings.map(({ path, value, source, at }) => ({
        path,
        value: value as unknown as WireValue,
        source: source as ReadingView["source"],
        at: at.toISOString(),
      })),
    });
  });
