import { z } from "zod";

/** Which version of which object. */
export const definitionKey = z.object({
  id: z.number().int().min(0).max(65_535),
  version: z.string().regex(/^\d{1,3}\.\d{1,3}$/, "A version is written like 1.0."),
});
