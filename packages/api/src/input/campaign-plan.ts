import type { CampaignTarget } from "@lamplighter/campaigns/campaign";
import { z } from "zod";
import { deviceQuery } from "./device-query.ts";
import { id, ids, name } from "./text.ts";

export const wavesMax = 50;
export const concurrencyAtOnceMax = 1_000;
const week = 7 * 24 * 3_600;
const percent = z.number().min(0).max(100);

const target: z.ZodType<CampaignTarget> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("devices"), deviceIds: ids }),
  z.strictObject({ kind: z.literal("group"), groupId: id }),
  z.strictObject({ kind: z.literal("query"), query: deviceQuery }),
]);

/** What a campaign shall do: everything but its name. What is left out takes `specDefaults`. */
export const campaignPlan = z.object({
  packageId: id,
  target,
  waves: z
    .array(
      z.strictObject({
        name,
        percent,
        gate: z.strictObject({
          failedPercentMax: percent,
          lostMax: z.number().int().min(0).max(1_000_000),
          succeededPercentMin: percent,
          manual: z.boolean(),
        }),
      }),
    )
    .min(1)
    .max(wavesMax),
  /** How images go to lights that take them both ways. */
  delivery: z.enum(["push", "pull"]).optional(),
  concurrencyMax: z.number().int().min(1).max(concurrencyAtOnceMax).optional(),
  downloadDeadlineSeconds: z.number().int().min(10).max(week).optional(),
  returnDeadlineSeconds: z.number().int().min(5).max(week).optional(),
  retry: z
    .strictObject({
      attemptsMax: z.number().int().min(1).max(20),
      backoffSeconds: z.number().min(0).max(86_400),
      backoffFactor: z.number().min(1).max(10),
    })
    .optional(),
  stop: z.strictObject({ failedPercentMax: percent, lostMax: z.number().int().min(0).max(1_000_000) }).optional(),
  startAt: z.iso.datetime({ offset: true }).nullable().optional(),
  startNow: z.boolean().optional(),
});
export type CampaignPlan = z.infer<typeof campaignPlan>;
