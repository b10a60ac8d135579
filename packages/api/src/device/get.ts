import { z } from "zod";
import { id } from "../input/text.ts";
import { deviceView, visibleDevice } from "../inventory/device-view.ts";
import { needs } from "../procedure.ts";
import type { DeviceView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";

/** One light. */
export const getDevice = needs("device.read")
  .input(z.object({ id }))
  .query(
    async ({ ctx, input }): Promise<DeviceView> =>
      deviceView(ctx, await visibleDevice(ctx.db, visibleTo(ctx.actor).devices, input.id)),
  );
