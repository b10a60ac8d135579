import { removeDevices } from "../inventory/remove-devices.ts";
import { needs } from "../procedure.ts";
import { revokeCredential } from "../security/change-credentials.ts";
import { visibleTo } from "../visible-to.ts";

/** Removes every light of the demo in one act, and ends the simulated town behind them. */
export const removeDemoDevice = needs("device.remove").mutation(async ({ ctx }): Promise<{ lights: number }> => {
  const { db, actor, security } = ctx;
  const where = { AND: [visibleTo(actor).devices, { demo: true }] };
  const demo = await db.device.findMany({ where, select: { endpoint: true } });
  const removed = await removeDevices(ctx, where, "device.removed");
  await ctx.endDemo();
  // Their keys were made for the demo, and lie in no light.
  const endpoints = demo.map(({ endpoint }) => endpoint);
  const keys = await db.credential.findMany({ where: { endpoint: { in: endpoints }, state: { not: "retired" } } });
  for (const key of keys) await revokeCredential(security.store, key);
  return removed;
});
