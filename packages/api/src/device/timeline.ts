import { z } from "zod";
import { eventPage } from "../event/page.ts";
import { page } from "../input/page.ts";
import { id } from "../input/text.ts";
import { visibleDevice } from "../inventory/device-view.ts";
import { needs } from "../procedure.ts";
import type { EventView, Page } from "../views.ts";
import { visibleTo } from "../visible-to.ts";

/** What happened to one light, newest first. */
export const timelineDevice = needs("device.read")
  .input(z.object({ id, ...page }))
  .query(async ({ ctx: { db, actor }, input }): Promise<Page<EventView>> => {
    const scope = visibleTo(actor);
    const device = await visibleDevice(db, scope.devices, input.id);
    return eventPage(db, { AND: [scope.events, { deviceId: device.id }] }, input);
  });
