import { type TrackedEnvelope, tracked } from "@trpc/server";
import { z } from "zod";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { LiveEvent } from "../views.ts";

/** live.events */
export const eventsLive = needs("device.read")
  .input(
    z.object({
      topics: z.array(z.enum(["devices", "campaigns", "firmware", "groups"])).max(4),
      deviceId: id.optional(),
      campaignId: id.optional(),
      lastEventId: z.string().max(100).nullish(),
    }),
  )
  .subscription(async function* (): AsyncGenerator<TrackedEnvelope<LiveEvent>> {
    yield tracked("0", { kind: "reset" });
    throw new Problem("not-built", "This is not built yet.");
  });
