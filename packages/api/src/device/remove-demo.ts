import { removeDevices } from "../inventory/remove-devices.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";

/** Removes every light of the demo in one act. */
export const removeDemoDevice = needs("device.remove").mutation(
  ({ ctx }): Promise<{ lights: number }> =>
    removeDevices(ctx, { AND: [visibleTo(ctx.actor).devices, { demo: true }] }, "device.removed"),
);
