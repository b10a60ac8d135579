import { z } from "zod";
import { id } from "../input/text.ts";
import { visibleDevice } from "../inventory/device-view.ts";
import { operateByHand } from "../operation/by-hand.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";

const serverObject = 1;

/** Tells a light to ask its bootstrap server: Execute of /1/x/9 (OMA TS Core 1.1 §6.1.4.4). */
export const triggerBootstrap = needs("device.operate.execute")
  .input(z.object({ deviceId: id }))
  .mutation(async ({ ctx, input: { deviceId } }): Promise<OperationView> => {
    const { endpoint } = await visibleDevice(ctx.db, visibleTo(ctx.actor).devices, deviceId);
    // A light shows a server the instance that is its own; the first stands for it where there are several.
    const objects = ctx.lights.find(endpoint)?.objects ?? [];
    const instance = objects.find(({ object }) => object === serverObject)?.instances[0] ?? 0;
    const path = `/1/${instance}/9`;
    return operateByHand(ctx, {
      ...{ deviceId, path, objects: [serverObject], changes: true },
      verb: "Execute",
      run: () => ctx.lights.execute(endpoint, path),
    });
  });
