import { type TrackedEnvelope, tracked } from "@trpc/server";
import { z } from "zod";
import { id } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { LiveEvent } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { topics } from "./interest.ts";

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
    const happenings = live.follow(input, {
      lastEventId: input.lastEventId ?? undefined,
      signal: signal ?? new AbortController().signal,
      hasRoom: () => connection?.hasRoom() ?? true,
    });
    for await (const { id, event } of happenings) if (scope.hears(event)) yield tracked(id, event);
  });
