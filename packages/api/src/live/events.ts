import { type TrackedEnvelope, tracked } from "@trpc/server";
import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { LiveEvent } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { topics } from "./interest.ts";

/** Subscriptions on one connection. A tab has two or three. */
export const subscriptionsPerConnectionMax = 16;

/** What happens, as it happens. After a dropped connection it goes on where the tab stopped, or says `reset`. */
export const eventsLive = needs("device.read")
  .input(
    z.object({
      topics: z.array(z.enum(topics)).max(topics.length),
      deviceId: id.optional(),
      campaignId: id.optional(),
      lastEventId: z.string().max(100).nullish(),
    }),
  )
  .subscription(async function* ({ ctx, input, signal }): AsyncGenerator<TrackedEnvelope<LiveEvent>, void, undefined> {
    const { connection, live, actor } = ctx;
    const scope = visibleTo(actor);
    if (connection && connection.subscriptions >= subscriptionsPerConnectionMax) {
      throw new Problem("too-many", "This tab follows too many things at once. Reload it.");
    }
    if (connection) connection.subscriptions++;
    try {
      const happenings = live.follow(input, {
        lastEventId: input.lastEventId ?? undefined,
        signal: signal ?? new AbortController().signal,
        hasRoom: () => connection?.hasRoom() ?? true,
      });
      for await (const { id, event } of happenings) if (scope.hears(event)) yield tracked(id, event);
    } finally {
      if (connection) connection.subscriptions--;
    }
  });
