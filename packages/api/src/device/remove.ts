import { z } from "zod";
import { ids } from "../input/text.ts";
import { removeDevices } from "../inventory/remove-devices.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";

/** Removes lights from the inventory. One that registers again comes back as a stranger. */
export const removeDevice = needs("device.remove")
  .input(z.object({ ids }))
  .mutation(
    ({ ctx, input }): Promise<{ lights: number }> =>
      removeDevices(ctx, { AND: [visibleTo(ctx.actor).devices, { id: { in: input.ids } }] }, "device.removed"),
  );
