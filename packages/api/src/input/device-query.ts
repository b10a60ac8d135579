import { conditionsMax, type DeviceQuery, deviceFields, valuesMax } from "@lamplighter/campaigns/device-query";
import { z } from "zod";

/** The inventory's query language, as it comes from outside. */
export const deviceQuery: z.ZodType<DeviceQuery> = z.strictObject({
  text: z.string().max(200).exactOptional(),
  where: z
    .array(
      z.strictObject({
        field: z.enum(deviceFields),
        operator: z.enum(["is", "is-not"]),
        values: z.array(z.string().max(200)).max(valuesMax),
      }),
    )
    .max(conditionsMax)
    .exactOptional(),
  groupId: z.string().min(1).max(64).exactOptional(),
});
