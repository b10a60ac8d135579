import { z } from "zod";
import { ids } from "../input/text.ts";
import { removeDevices } from "../inventory/remove-devices.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";

/** Turns pending lights away. One that registers again waits again. */
export const rejectDevice = needs("device.enrol")
  .input(z.object({ ids }))
  .mutation(
    ({ ctx, input }): Promise<{ lights: number }> =>
      removeDevices(
        ctx,
        { AND: [visibleTo(ctx.actor).devices, { id: { in: input.ids }, presence: "pending" }] },
        "device.rejected",
      ),
  );
