import { z } from "zod";
import { id } from "../input/text.ts";
import { visibleDevice } from "../inventory/device-view.ts";
import { operateByHand } from "../operation/by-hand.ts";
import type { Lights } from "../operation/lights.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";

const serverObject = 1;

/** Tells a light to ask its bootstrap server: Execute of /1/x/9 (OMA TS Core 1.1 §6.1.4.4). */
export const triggerBootstrap = needs("device.operate.execute")
  .input(z.object({ deviceId: id }))
  .mutation(async ({ ctx, input: { deviceId } }): Promise<OperationView> => {
    const { endpoint } = await visibleDevice(ctx.db, visibleTo(ctx.actor).devices, deviceId);
    const path = triggerPath(ctx.lights, endpoint);
    const view = await operateByHand(ctx, {
      ...{ deviceId, path, objects: [serverObject], changes: true },
      verb: "Execute",
      run: () => ctx.lights.execute(endpoint, path),
    });
    const isUnknown = view.kind === "failed" && (view.code === "4.04" || view.code === "4.05");
    return isUnknown ? { ...view, message: `${view.message} ${withoutBootstrap}` } : view;
  });

const withoutBootstrap =
  "It cannot be sent to a bootstrap server: it knows none, or takes this order from nobody. Give it a bootstrap account with a provisioning file.";

/** What is executed to make a light ask. It shows a server the instance that is its own; of several the first stands for it. */
export function triggerPath(lights: Pick<Lights, "find">, endpoint: string): string {
  const objects = lights.find(endpoint)?.objects ?? [];
  const instance = objects.find(({ object }) => object === serverObject)?.instances[0] ?? 0;
  return `/1/${instance}/9`;
}
