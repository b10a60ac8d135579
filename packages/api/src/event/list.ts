import { z } from "zod";
import { page } from "../input/page.ts";
import { id, label } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { EventView, Page } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { eventPage } from "./page.ts";

/** What happened here and who did it, newest first. `kind` also finds a whole family: `device` finds `device.registered`. */
export const listEvent = needs("audit.read")
  .input(z.object({ kind: label.optional(), deviceId: id.optional(), ...page }))
  .query(({ ctx, input }): Promise<Page<EventView>> => {
    const { kind, deviceId } = input;
    const where = {
      ...(kind && { OR: [{ kind }, { kind: { startsWith: `${kind}.` } }] }),
      ...(deviceId && { deviceId }),
    };
    return eventPage(ctx.db, { AND: [visibleTo(ctx.actor).events, where] }, input);
  });
