import { removeDevices } from "../inventory/remove-devices.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";

/** Removes every light of the demo in one act, and ends the simulated town behind them. */
export const removeDemoDevice = needs("device.remove").mutation(async ({ ctx }): Promise<{ lights: number }> => {
  const where = { AND: [visibleTo(ctx.actor).devices, { demo: true }] };
  const removed = await removeDevices(ctx, where, "device.removed");
  await ctx.endDemo();
  return removed;
});
