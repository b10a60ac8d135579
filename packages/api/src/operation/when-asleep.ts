import { type Duration, hours, scale } from "@lamplighter/runtime/duration";
import { z } from "zod";

/** The longest that a request may wait for its light. */
const hoursMax = 90 * 24;

/**
 * What every operation may be told of a light that sleeps: `wait` two minutes for it (the default), or `queue` the request
 * until it wakes, for a week or as many hours as are named.
 */
export const whenAsleep = {
  whenAsleep: z.enum(["wait", "queue"]).default("wait"),
  expiresInHours: z.number().int().min(1).max(hoursMax).optional(),
};

export interface WhenAsleep {
  readonly whenAsleep: "wait" | "queue";
  readonly expiresInHours?: number | undefined;
}

export function expiryOf({ expiresInHours }: WhenAsleep): { readonly expiry?: Duration } {
  return expiresInHours === undefined ? {} : { expiry: scale(hours(1), expiresInHours) };
}
