import { compositePathsMax } from "@lamplighter/lwm2m/composite-target";
import { z } from "zod";
import type { WireValue } from "../views.ts";

/** Characters of one value: 64 KiB of opaque bytes as base64, with room. */
export const valueCharactersMax = 100_000;
/** Resource instances in one value. */
export const valueInstancesMax = 1_000;

const text = z.string().max(valueCharactersMax);

const single = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.enum(["string", "integer", "unsigned", "time", "opaque", "objlnk", "corelnk"]),
    value: text,
  }),
  z.strictObject({ type: z.literal("float"), value: z.number() }),
  z.strictObject({ type: z.literal("boolean"), value: z.boolean() }),
]);

/** A resource's value as it comes from outside; see `WireValue`. */
export const wireValue: z.ZodType<WireValue> = z.union([
  single,
  z.strictObject({
    type: z.literal("multiple"),
    values: z
      .record(z.string().regex(/^\d{1,5}$/), single)
      .refine((values) => Object.keys(values).length <= valueInstancesMax, "Too many resource instances."),
  }),
]);

/** `/3/0/3`: object, instance, resource, resource instance; how deep depends on the operation. */
export const path = z
  .string()
  .max(40)
  .regex(/^\/\d{1,5}(\/\d{1,5}){0,3}$/, "A path looks like /3/0/3.");

/** One path, or the paths of a composite observation in their order with a space between each. */
export const paths = z
  .string()
  .max(41 * compositePathsMax)
  .regex(/^\/\d{1,5}(\/\d{1,5}){0,3}( \/\d{1,5}(\/\d{1,5}){0,3})*$/, "Paths look like /3/0/3 /4/0/2.");
