import { accessControlMax, accountsMax } from "@lamplighter/lwm2m/bootstrap/check-configuration";
import { type BootstrapConfiguration, bootstrapFormats, deletions } from "@lamplighter/lwm2m/bootstrap/configuration";
import { z } from "zod";
import { id, line } from "../input/text.ts";

const number = z.number().int();

/**
 * A configuration as it comes from outside. What the numbers and addresses may be is judged by `checkConfiguration`.
 *
 * There is no way to give a key: one that many lights share is no secret for long, so each gets its own from the security
 * store.
 */
export const bootstrapConfiguration: z.ZodType<BootstrapConfiguration> = z.strictObject({
  deletions: z.array(z.enum(deletions)).max(deletions.length),
  security: z
    .array(
      z.strictObject({
        uri: line.max(300),
        isBootstrapServer: z.boolean(),
        credentials: z.strictObject({
          mode: z.enum(["no-sec", "psk-of-device"], {
            error: "A configuration holds no keys. Choose “no encryption”, or the light's own key.",
          }),
        }),
        shortServerId: number.optional(),
        holdOffSeconds: number.optional(),
        accountTimeoutSeconds: number.optional(),
      }),
    )
    .max(accountsMax),
  servers: z
    .array(
      z.strictObject({
        shortServerId: number,
        lifetimeSeconds: number,
        binding: line.max(8),
        storesNotifications: z.boolean(),
        periodMinSeconds: number.optional(),
        periodMaxSeconds: number.optional(),
        disableTimeoutSeconds: number.optional(),
      }),
    )
    .max(accountsMax),
  accessControl: z
    .array(
      z.strictObject({
        object: number,
        instance: number,
        rights: z.array(z.strictObject({ shortServerId: number, rights: number })).max(accountsMax + 1),
        owner: number,
      }),
    )
    .max(accessControlMax),
  format: z.enum(bootstrapFormats).optional(),
  handsOutKeysInTheClear: z.boolean().optional(),
});

/** For whom a configuration is: one light by its endpoint name, a group, or everybody who has none of these. */
export const bootstrapTarget = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("device"), endpoint: line.trim().min(1, "Give the endpoint name.").max(255) }),
  z.strictObject({ kind: z.literal("group"), groupId: id }),
  z.strictObject({ kind: z.literal("default") }),
]);
export type BootstrapTarget = z.infer<typeof bootstrapTarget>;
